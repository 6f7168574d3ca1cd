/** @file One training from its job to its verdict: history, refit in a thread, gate, records.
 *
 *  Law: whatever is cut off is done again to the same end; the checkpoints go last. A job that has made a champion
 *  before it was cut off answers with that. The gate compares with what serves when it decides: if somebody chose
 *  another champion meanwhile, all is judged again beside that one (the fit itself stands in the checkpoint). */
import { describeError, NO_PROGRESS, RollcastError, type TrainingProgress } from '#contracts';
import type { ModelStore } from '#model-store';
import type { ModelTable } from './model-table.js';
import { decide } from './promotion.js';
import type { ThreadHooks } from './refit-in-thread.js';
import { championName, type Serving, servingChampion } from './serving-champion.js';
import type { RefitOrder, ThreadRefit } from './thread-messages.js';
import { claimRanges, type FrameLog, rangesName, readHistory } from './training-history.js';
import type { TrainingRequest, TrainingRun, TrainingVerdict } from './training-run.js';
import { recordVerdict } from './verdict-records.js';

export type PhaseSeconds = Readonly<Record<TrainingProgress['phase'], number>>;

export interface RunnerParts {
  /** A reader of the topic `frames`, for one training. */
  openFrames(): FrameLog & { close(): Promise<void> };
  readonly models: Pick<ModelTable, 'champion' | 'version' | 'catchUp' | 'announce'>;
  readonly store: ModelStore;
  refit(order: RefitOrder, hooks: ThreadHooks): Promise<ThreadRefit>;
  /** Milliseconds; for the records only. */
  readonly now: () => number;
  /** What went wrong and did not end the training. */
  onTrouble(what: string, fields: Readonly<Record<string, unknown>>): void;
  onVerdict?(verdict: NonNullable<TrainingVerdict>, seconds: PhaseSeconds): void;
}

/** The training that the worker calls. */
export function trainingRunner(parts: RunnerParts): TrainingRun {
  return async (request) => {
    const { job, stream, signal } = request;
    await parts.models.catchUp(signal);
    const before = promotedBy(parts.models, stream.stream, job);
    if (before === null) return train(parts, request);
    await forgetCheckpoints(parts.store, job);
    return before;
  };
}

/** Removes what a job keeps for going on. */
export async function forgetCheckpoints(
  store: Pick<ModelStore, 'removeCheckpoint'>,
  job: string,
): Promise<void> {
  await store.removeCheckpoint(job);
  await store.removeCheckpoint(rangesName(job));
}

function promotedBy(models: RunnerParts['models'], stream: string, job: string): TrainingVerdict {
  const champion = models.champion(stream);
  const record = champion === null ? null : models.version(stream, champion.version);
  if (champion?.by !== 'gate' || record?.job !== job) return null;
  return { promoted: true, version: record.version, kind: record.kind, reason: record.reason };
}

async function train(parts: RunnerParts, request: TrainingRequest): Promise<TrainingVerdict> {
  const { job, seed, signal } = request;
  const { stream } = request.stream;
  const { serving, ranges, refit, readingSeconds } = await refitBesideChampion(parts, request);
  signal.throwIfAborted();
  tellOfLost(parts, stream, serving, refit);
  const champion = serving.lost === null ? refit.champion : null;
  const candidates = refit.fitted.map(({ artifact: { kind, score } }) => ({
    kind,
    score,
    remark: kind === 'cmamba' ? refit.networkTrouble : null,
  }));
  const verdict = decide(candidates, champion);
  const championScore = champion?.score ?? null;
  const winner = await recordVerdict(parts, { stream, job, seed, ranges, refit, championScore, verdict });
  await forgetCheckpoints(parts.store, job);
  const { version, kind } = serving;
  const outcome = winner ?? { promoted: false, version, kind, reason: verdict.reason };
  parts.onVerdict?.(outcome, { ...refit.seconds, history: refit.seconds.history + readingSeconds });
  return outcome;
}

/** Fits and judges beside what serves; again for as long as somebody changes that meanwhile. */
async function refitBesideChampion(parts: RunnerParts, request: TrainingRequest) {
  const { models, store } = parts;
  const { job, seed, signal, stream: definition } = request;
  let readingSeconds = 0;
  for (;;) {
    const serving = await servingChampion(models, store, definition.stream);
    const since = performance.now();
    const { ranges, history } = await historyOf(parts, request);
    readingSeconds += (performance.now() - since) / 1000;
    const { version, stored } = serving;
    const refit = await parts.refit(
      {
        history,
        ranges,
        seed,
        champion: stored === null ? null : { stored, version },
        checkpoint: await store.readCheckpoint(job),
      },
      {
        signal,
        onProgress: (progress) => request.onProgress(progress),
        writeCheckpoint: (bytes) => store.writeCheckpoint(job, bytes),
      },
    );
    await models.catchUp(signal);
    if (championName(models, definition.stream) === version) {
      return { serving, ranges, refit, readingSeconds };
    }
  }
}

async function historyOf(parts: RunnerParts, request: TrainingRequest) {
  const { job, stream: definition, signal } = request;
  request.onProgress(NO_PROGRESS);
  const log = parts.openFrames();
  const onSkipped = (records: number, first: string) =>
    parts.onTrouble('records that cannot be used were left out of the history', {
      stream: definition.stream,
      records,
      first,
    });
  const read = async () => {
    const ranges = await claimRanges(log, parts.store, job);
    return { ranges, history: await readHistory({ log, definition, ranges, signal, onSkipped }) };
  };
  try {
    return await read();
  } catch (error) {
    // Retention has eaten the oldest frames between claiming and reading them: the ranges are then claimed anew.
    if (error instanceof RollcastError && error.code === 'RETENTION_GAP') return await read();
    throw error;
  } finally {
    await log.close();
  }
}

function tellOfLost(parts: RunnerParts, stream: string, serving: Serving, refit: ThreadRefit): void {
  const problem =
    serving.lost === null ? refit.championProblem?.details : { problem: describeError(serving.lost) };
  if (problem === undefined) return;
  parts.onTrouble('the champion cannot be judged: anything that loads is better', {
    stream,
    version: serving.version,
    ...problem,
  });
}
