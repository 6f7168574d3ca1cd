/** @file A stream lived through as the predictor lives it: forecast, publish, wait for the truth, calibrate. */
import type { IntervalOffsets } from '#contracts';
import {
  beginCalibration,
  calibrate,
  type Calibration,
  type CalibrationShape,
  intervals,
} from '../conformal.js';
import type { Paths } from '../forecaster.js';

export interface LiveRun {
  /** `[channels, horizon]`: truths inside their interval, and truths. */
  readonly inside: Float64Array;
  readonly truths: Float64Array;
  readonly calibration: Calibration;
}

/** @param paths the forecast made at each step, null: none. @param values `[channels][steps]`.
 *  @param counted from this origin on the truths are counted. */
export function liveIntervals(
  shape: CalibrationShape,
  paths: readonly (Paths | null)[],
  values: readonly Float64Array[],
  initial: IntervalOffsets | null,
  counted: (origin: number) => boolean = () => true,
): LiveRun {
  const { channels, horizon, leads } = shape;
  const inside = new Float64Array(channels * horizon);
  const truths = new Float64Array(channels * horizon);
  const published: ({ point: Float64Array; lower: Float64Array; upper: Float64Array } | null)[] = [];
  let calibration = beginCalibration(shape, initial);
  paths.forEach((path, step) => {
    const error = new Float64Array(channels * leads.length).fill(NaN);
    const side = new Float64Array(channels * leads.length);
    for (let channel = 0; channel < channels; channel++) {
      const truth = values[channel]?.[step] as number;
      for (let lead = 1; lead <= horizon; lead++) {
        const said = published[step - lead] ?? null;
        if (said === null || Number.isNaN(truth)) continue;
        const at = channel * horizon + lead - 1;
        const where = truth < (said.lower[at] as number) ? -1 : truth > (said.upper[at] as number) ? 1 : 0;
        const place = leads.indexOf(lead);
        if (place >= 0) {
          error[channel * leads.length + place] = truth - (said.point[at] as number);
          side[channel * leads.length + place] = where;
        }
        if (!counted(step - lead)) continue;
        truths[at] = (truths[at] as number) + 1;
        if (where === 0) inside[at] = (inside[at] as number) + 1;
      }
    }
    calibration = calibrate(shape, calibration, { error, side });
    published.push(
      path && { point: path.point, ...intervals(calibration, shape, path.point, path.deviation) },
    );
  });
  return { inside, truths, calibration };
}

/** Share inside of one lead over all channels. */
export function coverageAt({ inside, truths }: LiveRun, horizon: number, lead: number): number {
  let sum = 0;
  let count = 0;
  for (let at = lead - 1; at < inside.length; at += horizon) {
    sum += inside[at] as number;
    count += truths[at] as number;
  }
  return sum / count;
}
