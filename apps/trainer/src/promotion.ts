/** @file The gate: who serves from now on. Pure.
 *
 *  Law: the smallest mean absolute error on the held-back slice serves, whatever kind it is; the champion keeps its
 *  place on a tie, so that a switch always brings something. Without evidence nobody is promoted: a candidate counts
 *  with a finite error over at least one truth. The reason is a sentence that anyone can check. */
import type { ModelKind, Score } from '#contracts';

export interface Candidate {
  readonly kind: ModelKind;
  readonly score: Score;
  /** What must be known beside the figure: why its training ended early, say; null: nothing. */
  readonly remark: string | null;
}

export interface Champion {
  readonly kind: ModelKind;
  readonly score: Score;
  readonly version: string;
}

export interface Verdict {
  /** The best of the newly fitted ones; null: nobody is promoted. */
  readonly winner: ModelKind | null;
  /** Why, with figures; the same sentence for people and for the record. */
  readonly reason: string;
}

/** @param fitted every kind as fitted by this training, judged on the same slice as the champion.
 *  @param champion null: nothing has served yet, or it could not be judged; then the best is promoted. */
export function decide(fitted: readonly Candidate[], champion: Champion | null): Verdict {
  const judged = fitted.filter(({ score }) => isEvidence(score)).sort((a, b) => a.score.mae - b.score.mae);
  const [best, ...others] = judged;
  if (best === undefined) {
    return { winner: null, reason: 'nobody is promoted: no candidate was held against a held-back truth' };
  }
  const field = others.map(described).join(', ');
  const truths = `${best.score.truths.toLocaleString('en-US')} held-back truths`;
  const smallest = `${best.kind} has the smallest MAE on ${truths}: ${figure(best)}`;
  if (champion === null || !isEvidence(champion.score)) {
    return { winner: best.kind, reason: `${smallest} (${field})` };
  }
  const against = `${champion.version} (${champion.score.mae.toFixed(4)})`;
  if (best.score.mae < champion.score.mae) {
    const below = `${((1 - best.score.mae / champion.score.mae) * 100).toFixed(1)} %`;
    return { winner: best.kind, reason: `${smallest}, ${below} below the champion ${against}; ${field}` };
  }
  const reason = `the champion ${against} stays: nothing is better on ${truths}; ${judged.map(described).join(', ')}`;
  return { winner: null, reason };
}

function isEvidence({ mae, truths }: Score): boolean {
  return truths > 0 && Number.isFinite(mae);
}

function described(candidate: Candidate): string {
  return `${candidate.kind} ${figure(candidate)}`;
}

function figure({ score, remark }: Candidate): string {
  return remark === null ? score.mae.toFixed(4) : `${score.mae.toFixed(4)} [${remark}]`;
}
