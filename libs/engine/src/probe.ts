/** @file Whether a forecaster that was just loaded answers at all: asked before it answers anybody. */
import type { ModelArtifact } from '#contracts';
import type { Forecaster } from '#forecasting';

/** Steps a made-up series until a forecast is due; a wave around the training means.
 *  @returns what is wrong; null: nothing. */
export async function probe(
  forecaster: Forecaster,
  { scale, channels, horizon }: ModelArtifact,
): Promise<string | null> {
  let state: unknown = null;
  for (let step = 0; step < forecaster.warmUp; step++) {
    const values = Float64Array.from(
      channels,
      (_, channel) =>
        (scale.mean[channel] ?? 0) + (scale.deviation[channel] ?? 1) * Math.sin(step / 5 + channel),
    );
    const wanted = step === forecaster.warmUp - 1;
    const [advanced] = await forecaster.advance([{ state, gridIndex: step, values, wanted }]);
    if (advanced === undefined) return 'it does not answer';
    state = advanced.state;
    if (!wanted) continue;
    if (advanced.paths === null)
      return `it gives no forecast after its warm-up of ${forecaster.warmUp} steps`;
    const { point, deviation } = advanced.paths;
    if (point.length !== channels.length * horizon) return `it forecasts ${point.length} numbers`;
    if (!point.every(Number.isFinite) || deviation?.every(Number.isFinite) === false)
      return 'its forecasts are not finite numbers';
  }
  return null;
}
