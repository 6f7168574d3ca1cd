/** @file Running errors of one version on one series, as the truth arrives: what an evaluation says.
 *
 *  Law: (state, judged) -> state is pure and the state is plain JSON: five sums for each channel and judged lead. The
 *  figures begin anew with every version. Skill compares at the same truths only: a truth for which there was no
 *  seasonal naive forecast counts for the MAE and not for the skill. */

import type { JudgedError } from './conformal.js';

/** Flat, `[channels, leads]`. JSON-able. */
export interface RunningScores {
  readonly count: readonly number[];
  readonly absolute: readonly number[];
  readonly inside: readonly number[];
  /** Sums of absolute errors where both had a forecast: ours, and that of seasonal naive. */
  readonly paired: readonly number[];
  readonly naive: readonly number[];
}

/** What became of the forecasts that one frame judges, beside the yardstick; flat `[channels, leads]`. */
export interface JudgedBesideNaive extends JudgedError {
  /** Truth - seasonal naive's point; NaN: it had none. */
  readonly naiveError: ArrayLike<number>;
}

/** Figures of one channel and lead; null: nothing to say yet. */
export interface Figures {
  readonly mae: number | null;
  readonly coverage: number | null;
  readonly skill: number | null;
}

export function beginScores(channels: number, leads: number): RunningScores {
  const zeros = () => new Array<number>(channels * leads).fill(0);
  return { count: zeros(), absolute: zeros(), inside: zeros(), paired: zeros(), naive: zeros() };
}

export function score(scores: RunningScores, judged: JudgedBesideNaive): RunningScores {
  const count = [...scores.count];
  const absolute = [...scores.absolute];
  const inside = [...scores.inside];
  const paired = [...scores.paired];
  const naive = [...scores.naive];
  for (let at = 0; at < count.length; at++) {
    const error = Math.abs(judged.error[at] as number);
    if (Number.isNaN(error)) continue;
    count[at] = (count[at] as number) + 1;
    absolute[at] = (absolute[at] as number) + error;
    inside[at] = (inside[at] as number) + (judged.side[at] === 0 ? 1 : 0);
    const naiveError = Math.abs(judged.naiveError[at] as number);
    if (Number.isNaN(naiveError)) continue;
    paired[at] = (paired[at] as number) + error;
    naive[at] = (naive[at] as number) + naiveError;
  }
  return { count, absolute, inside, paired, naive };
}

/** @param at `channel * leads + lead's place`. */
export function figures(scores: RunningScores, at: number): Figures {
  const count = scores.count[at] as number;
  const naive = scores.naive[at] as number;
  return {
    mae: count === 0 ? null : (scores.absolute[at] as number) / count,
    coverage: count === 0 ? null : (scores.inside[at] as number) / count,
    skill: naive === 0 ? null : 1 - (scores.paired[at] as number) / naive,
  };
}
