/** @file What remains of a training: artifacts in the store, versions and champion in the topic `models`.
 *
 *  Law: an artifact is there before the version that names it, a version before the champion that names it; done twice
 *  it is done once. Written are the winner where one is promoted, and CMamba in any case, so that people see what the
 *  gate refused and by how much; a score that is no number cannot be written, nor can its version. A version that was
 *  promoted stays recorded so: the same training again says nothing new of it. */
import {
  type ChampionRecord,
  formatTime,
  type OffsetRange,
  type Score,
  type VersionRecord,
} from '#contracts';
import type { ModelStore } from '#model-store';
import type { ModelTable } from './model-table.js';
import type { Verdict } from './promotion.js';
import type { ThreadRefit } from './thread-messages.js';
import type { TrainingVerdict } from './training-run.js';

export interface VerdictPlaces {
  readonly store: Pick<ModelStore, 'write'>;
  readonly models: Pick<ModelTable, 'version' | 'announce'>;
  /** Milliseconds; for the records only. */
  readonly now: () => number;
}

export interface JudgedTraining {
  readonly stream: string;
  readonly job: string;
  readonly seed: number;
  readonly ranges: readonly OffsetRange[];
  readonly refit: Pick<ThreadRefit, 'fitted' | 'framesUntil'>;
  /** On the same slice; null: it could not be judged. */
  readonly championScore: Score | null;
  readonly verdict: Verdict;
}

/** Writes everything that follows from a verdict.
 *  @returns null: the champion stays */
export async function recordVerdict(
  { store, models, now }: VerdictPlaces,
  judged: JudgedTraining,
): Promise<TrainingVerdict> {
  const { stream, job, refit, verdict } = judged;
  const { reason } = verdict;
  let winner: TrainingVerdict = null;
  for (const { artifact, tensors } of refit.fitted) {
    const { kind } = artifact;
    const wins = kind === verdict.winner;
    if (!wins && (kind !== 'cmamba' || !isFigure(artifact.score))) continue;
    const { name, sha256, version } = await store.write(artifact, tensors);
    if (wins) winner = { promoted: true, version, kind, reason };
    const known = models.version(stream, version);
    const says = known !== null && (!wins || (known.verdict === 'promoted' && known.job === job));
    if (says) continue;
    const record: VersionRecord = {
      type: 'version',
      stream,
      version,
      kind,
      verdict: wins ? 'promoted' : 'rejected',
      reason,
      artifact: { name, sha256 },
      trainedOn: [...judged.ranges],
      framesUntil: refit.framesUntil,
      seed: judged.seed,
      scores: scoresOf(judged),
      job,
      createdAt: formatTime(now()),
    };
    await models.announce(record);
  }
  if (winner === null) return null;
  const { version } = winner;
  const champion: ChampionRecord = {
    type: 'champion',
    stream,
    version,
    by: 'gate',
    reason,
    createdAt: formatTime(now()),
  };
  await models.announce(champion);
  return winner;
}

/** Every candidate by kind, and the champion; those that have a score. */
function scoresOf({ refit, championScore }: JudgedTraining): Record<string, Score> {
  const scores: [string, Score][] = refit.fitted.map(({ artifact: { kind, score } }) => [kind, score]);
  if (championScore !== null) scores.push(['champion', championScore]);
  return Object.fromEntries(scores.filter(([, score]) => isFigure(score)));
}

function isFigure({ mae }: Score): boolean {
  return Number.isFinite(mae);
}
