/** @file How each version has done on one series: calibration and running errors. Small, plain JSON: the changelog's.
 *
 *  Law: a judgement updates the version that made the forecast and no other; versions that neither serve nor warm up
 *  are forgotten. */
import { type Evaluation, type IntervalOffsets, roundTo, type StreamDefinition } from '#contracts';
import {
  beginCalibration,
  beginScores,
  calibrate,
  type Calibration,
  type CalibrationShape,
  figures,
  intervals,
  type Paths,
  type RunningScores,
  score,
} from '#forecasting';
import type { Awaited } from './pending-forecasts.js';
import type { Bounds } from './published-forecast.js';

interface VersionScores {
  readonly calibration: Calibration;
  readonly scores: RunningScores;
}

export type SeriesScoresJson = Readonly<Record<string, VersionScores>>;

/** Digits of skill and coverage on the wire. */
const SHARE_DECIMALS = 4;

export class SeriesScores {
  constructor(
    private readonly definition: StreamDefinition,
    private readonly shape: CalibrationShape,
    private byVersion: SeriesScoresJson = {},
  ) {}

  toJson(): SeriesScoresJson {
    return this.byVersion;
  }

  /** Forgets every version but these. */
  keepOnly(versions: readonly string[]): void {
    const kept = Object.entries(this.byVersion).filter(([version]) => versions.includes(version));
    if (kept.length < Object.keys(this.byVersion).length) this.byVersion = Object.fromEntries(kept);
  }

  /** The interval around the paths of a version as it is calibrated now. */
  bounds(version: string, paths: Paths, initial: IntervalOffsets | null): Bounds {
    const { calibration } = this.of(version, initial);
    return intervals(calibration, this.shape, paths.point, paths.deviation);
  }

  /** Holds a frame against what was said of it, and says how it went.
   *  @param awaited one entry a lead */
  judge(
    values: Float64Array,
    awaited: readonly Awaited[],
  ): { readonly versions: (string | null)[]; readonly channels: Evaluation['channels'] } {
    const { leads } = this.shape;
    const versions = awaited.map(({ forecast }) => forecast?.version ?? null);
    const size = this.shape.channels * leads.length;
    const error = new Float64Array(size).fill(NaN);
    const side = new Float64Array(size);
    const naiveError = new Float64Array(size).fill(NaN);
    for (let at = 0; at < size; at++) {
      const channel = Math.floor(at / leads.length);
      const truth = values[channel] as number;
      const { forecast, naive } = awaited[at % leads.length] as Awaited;
      if (forecast === null || Number.isNaN(truth)) continue;
      error[at] = truth - (forecast.point[channel] as number);
      const below = truth < (forecast.lower[channel] as number);
      side[at] = below ? -1 : truth > (forecast.upper[channel] as number) ? 1 : 0;
      if (naive !== null) naiveError[at] = truth - (naive[channel] as number);
    }
    for (const version of new Set(versions)) this.learn(version, versions, { error, side, naiveError });
    return { versions, channels: this.evaluation(versions, error, side) };
  }

  private learn(
    version: string | null,
    versions: readonly (string | null)[],
    judged: { error: Float64Array; side: Float64Array; naiveError: Float64Array },
  ): void {
    const held = version === null ? undefined : this.byVersion[version];
    if (version === null || held === undefined) return;
    // Only the leads at which this version had spoken.
    const own = judged.error.map((error, at) => (versions[at % versions.length] === version ? error : NaN));
    const next = {
      calibration: calibrate(this.shape, held.calibration, { ...judged, error: own }),
      scores: score(held.scores, { ...judged, error: own }),
    };
    this.byVersion = { ...this.byVersion, [version]: next };
  }

  private evaluation(
    versions: readonly (string | null)[],
    error: Float64Array,
    side: Float64Array,
  ): Evaluation['channels'] {
    const channels: Evaluation['channels'] = {};
    this.definition.channels.forEach((channel, index) => {
      const say: Evaluation['channels'][string] = { error: [], inside: [], mae: [], skill: [], coverage: [] };
      versions.forEach((version, lead) => {
        const at = index * versions.length + lead;
        const known = !Number.isNaN(error[at]);
        const held = version === null ? undefined : this.byVersion[version];
        const { mae, skill, coverage } =
          held === undefined ? { mae: null, skill: null, coverage: null } : figures(held.scores, at);
        say.error.push(known ? roundTo(error[at] as number, channel.decimals) : null);
        say.inside.push(known ? side[at] === 0 : null);
        // A mean has finer steps than its terms.
        say.mae.push(rounded(mae, channel.decimals + 2));
        say.skill.push(rounded(skill, SHARE_DECIMALS));
        say.coverage.push(rounded(coverage, SHARE_DECIMALS));
      });
      channels[channel.name] = say;
    });
    return channels;
  }

  private of(version: string, initial: IntervalOffsets | null): VersionScores {
    const held = this.byVersion[version];
    if (held !== undefined) return held;
    const { channels, leads } = this.shape;
    const fresh = {
      calibration: beginCalibration(this.shape, initial),
      scores: beginScores(channels, leads.length),
    };
    this.byVersion = { ...this.byVersion, [version]: fresh };
    return fresh;
  }
}

function rounded(value: number | null, decimals: number): number | null {
  return value === null ? null : roundTo(value, decimals);
}
