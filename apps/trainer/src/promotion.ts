/** @file The gate: who serves from now on. Pure.
 *
 *  Law: the smallest mean absolute error on the held-back slice serves, whatever kind it is; the champion keeps its
 *  place on a tie, so that a switch always brings something. The reason is a sentence that anyone can check. */
import type { ModelKind, Score } from '#contracts';

export interface Candidate {
  readonly kind: ModelKind;
  readonly score: Score;
}

export interface Champion extends Candidate {
  readonly version: string;
}

export interface Verdict {
  /** The best of the newly fitted ones. */
  readonly best: Candidate;
  readonly promoted: boolean;
  /** Why, with figures; the same sentence for people and for the record. */
  readonly reason: string;
}

/** @param fitted every kind as fitted by this training, judged on the same slice as the champion.
 *  @param champion null: nothing has served yet, or it could not be judged; then the best is promoted. */
export function decide(fitted: readonly Candidate[], champion: Champion | null): Verdict {
  const [best, ...others] = [...fitted].sort((a, b) => a.score.mae - b.score.mae);
  if (best === undefined) throw new Error('a training without a candidate');
  const promoted = champion === null || best.score.mae < champion.score.mae;
  const field = others.map((one) => `${one.kind} ${figure(one.score)}`).join(', ');
  const truths = `${best.score.truths.toLocaleString('en-US')} held-back truths`;
  if (champion === null) {
    return {
      best,
      promoted,
      reason: `${best.kind} has the smallest MAE on ${truths}: ${figure(best.score)} (${field})`,
    };
  }
  const against = `${champion.version} (${figure(champion.score)})`;
  const reason = promoted
    ? `${best.kind} has the smallest MAE on ${truths}: ${figure(best.score)}, ${share(best, champion)} below the champion ${against}; ${field}`
    : `the champion ${against} stays: nothing is better on ${truths}; ${best.kind} ${figure(best.score)}, ${field}`;
  return { best, promoted, reason };
}

function figure(score: Score): string {
  return score.mae.toFixed(4);
}

function share(best: Candidate, champion: Candidate): string {
  return `${((1 - best.score.mae / champion.score.mae) * 100).toFixed(1)} %`;
}
