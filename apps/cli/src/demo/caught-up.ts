/** @file Waits until what was published has become forecasts.
 *
 *  Law: it waits for the newest frame that the sent readings must give in every series, no longer; and not for ever:
 *  when nothing moves for a minute it fails with where it stands. */
import { durationMs, eventTimeMs, formatTime, type SeriesView, type StreamDefinition } from '#contracts';
import { CommandFailed } from '../failures.js';
import { pause } from '../interruption.js';
import type { TimedReading } from '../replay/timed-readings.js';

/** Met by `RollcastApi`. */
export interface SeriesList {
  series(stream: string): Promise<readonly Pick<SeriesView, 'series' | 'lastFrame'>[]>;
}

export interface CaughtUpOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (share: number, oldest: string) => void;
  readonly pollMs?: number;
  readonly stallMs?: number;
}

/** @param sent readings in time order */
export async function caughtUp(
  list: SeriesList,
  definition: StreamDefinition,
  sent: readonly TimedReading[],
  { signal, onProgress, pollMs = 250, stallMs = 60_000 }: CaughtUpOptions,
): Promise<void> {
  const expected = newestFrames(definition, sent);
  if (expected.size === 0) return;
  const begin = sent[0]?.time ?? 0;
  let reached = -1;
  let movedAt = performance.now();
  for (;;) {
    const frames = await list.series(definition.stream);
    const seen = new Map(frames.map(({ series, lastFrame }) => [series, eventTimeMs(lastFrame)]));
    const shares = [...expected].map(([series, wanted]) => {
      const at = seen.get(series) ?? begin;
      return wanted <= at ? 1 : Math.max(0, (at - begin) / (wanted - begin));
    });
    if ([...expected].every(([series, wanted]) => (seen.get(series) ?? Number.NEGATIVE_INFINITY) >= wanted))
      return;
    const share = shares.reduce((sum, one) => sum + one, 0) / shares.length;
    const oldest = formatTime(Math.min(...[...expected.keys()].map((series) => seen.get(series) ?? begin)));
    if (share > reached) {
      reached = share;
      movedAt = performance.now();
    } else if (performance.now() - movedAt > stallMs) {
      throw new CommandFailed(`the forecasts stand at ${oldest} and have not moved for ${stallMs / 1_000} s`);
    }
    onProgress(share, oldest);
    await pause(pollMs, signal);
  }
}

/** Of each series the newest step that is closed and in which something plausible was observed; milliseconds.
 *  A series without one is absent. */
export function newestFrames(
  definition: StreamDefinition,
  sent: readonly TimedReading[],
): Map<string, number> {
  const step = durationMs(definition.frequency);
  const ranges = new Map(definition.channels.map((channel) => [channel.name, channel]));
  const plausible = ({ reading }: TimedReading) =>
    Object.entries(reading.values ?? {}).some(([name, value]) => {
      const range = ranges.get(name);
      return (
        range !== undefined &&
        value !== null &&
        value >= (range.min ?? -Infinity) &&
        value <= (range.max ?? Infinity)
      );
    });
  const watermarks = new Map<string, number>();
  const newest = new Map<string, number>();
  for (const one of [...sent].reverse()) {
    const { series } = one.reading;
    const watermark = watermarks.get(series) ?? one.time - durationMs(definition.lateness);
    watermarks.set(series, watermark);
    const begin = Math.floor(one.time / step) * step;
    if (!newest.has(series) && begin + step <= watermark && plausible(one)) newest.set(series, begin);
  }
  return newest;
}
