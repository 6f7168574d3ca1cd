/** @file The BullMQ worker of this process: takes jobs from the queue and hands them to the processor.
 *
 *  Law: a job is not lost by what happens to a worker. Killed in the middle, its lock expires and another worker goes
 *  on from the checkpoint; only a job whose workers die again and again has failed. Stopped in order, it hands its jobs
 *  back within the time it is given; after that they are found as those of a killed one. */
import { Job, Worker } from 'bullmq';
import type { ErrorView } from '#contracts';
import type { DefinitionSource } from '#kafka';
import { within } from '#platform';
import { Cancellation } from './cancellation.js';
import { OutcomeRecord } from './outcome-record.js';
import type { RedisLink } from './redis-link.js';
import { takeStream } from './stream-lock.js';
import { TRAINING_QUEUE, type TrainerKeys } from './trainer-keys.js';
import { jobName, type QueuedTraining, readProblem } from './training-job-view.js';
import { TrainingProcessor } from './training.processor.js';
import type { TrainingRun, TrainingVerdict } from './training-run.js';

export interface WorkerSettings {
  /** Trainings at a time in this process. */
  readonly concurrency?: number;
  /** How long a silent worker keeps its job, and its stream. */
  readonly lockMs?: number;
  /** Between two looks for jobs of dead workers. */
  readonly stalledEveryMs?: number;
  readonly progressEveryMs?: number;
  /** Before a job looks again whether its stream is free. */
  readonly turnAfterMs?: number;
  /** Before a job goes on after Kafka, say, was away. */
  readonly retryAfterMs?: number;
}

const DEFAULTS = {
  concurrency: 1,
  lockMs: 30_000,
  stalledEveryMs: 15_000,
  progressEveryMs: 500,
  turnAfterMs: 2_000,
  retryAfterMs: 10_000,
} as const satisfies Required<WorkerSettings>;

/** A job that takes its process with it so often is the fault of the job: no other trainer is to die of it. */
const MAX_STALLED = 5;
/** Of the time to stop, what closing the connections may need. */
const CLOSING_MS = 500;

/** What happened to a job, for the log, and for what is kept of it. */
export type WorkerEvent =
  | {
      readonly what: 'started' | 'completed' | 'taken from a dead worker' | 'cancelled while it waited';
      readonly job: string;
    }
  | { readonly what: 'failed' | 'put off'; readonly job: string; readonly problem: ErrorView };

export interface WorkerParts {
  readonly link: RedisLink;
  readonly keys: TrainerKeys;
  readonly run: TrainingRun;
  readonly definitions: DefinitionSource;
  readonly cancellation: Cancellation;
  readonly settings?: WorkerSettings;
  readonly onEvent?: (event: WorkerEvent) => void;
  /** What BullMQ complains of; it goes on by itself. */
  readonly onTrouble?: (error: Error) => void;
}

export class TrainingWorker {
  readonly #worker: Worker<unknown, TrainingVerdict>;
  readonly #processor: TrainingProcessor;
  readonly #cancellation: Cancellation;

  /** Begins to take jobs at once, or as soon as Redis is there. */
  constructor({ link, keys, run, definitions, cancellation, settings, onEvent, onTrouble }: WorkerParts) {
    const { concurrency, lockMs, stalledEveryMs, ...times } = { ...DEFAULTS, ...settings };
    this.#cancellation = cancellation;
    this.#processor = new TrainingProcessor({
      run,
      definitions,
      cancellation,
      outcomes: new OutcomeRecord(link.client, keys),
      onPutOff: (job, problem) => onEvent?.({ what: 'put off', job, problem }),
      takeStream: (stream, job, token, onLost) =>
        takeStream(link.client, keys.lock(stream), { job, token }, lockMs, onLost),
      reread: async (job) =>
        (await Job.fromId<unknown, TrainingVerdict>(this.#worker, job.id ?? ''))?.data ?? job.data,
      times,
    });
    this.#worker = new Worker<unknown, TrainingVerdict>(TRAINING_QUEUE, this.#processor.process, {
      connection: link.client,
      prefix: keys.prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: stalledEveryMs,
      maxStalledCount: MAX_STALLED,
      // A job that went back wakes nobody: an idle worker looks again this often, in seconds.
      drainDelay: 2,
    });
    this.#worker.on('error', (error) => onTrouble?.(error));
    this.#worker.on('stalled', (job) => onEvent?.({ what: 'taken from a dead worker', job }));
    this.#worker.on('active', (job) => onEvent?.({ what: 'started', job: jobName(job) }));
    this.#worker.on('completed', (job) => onEvent?.({ what: 'completed', job: jobName(job) }));
    this.#worker.on('failed', (job: QueuedTraining | undefined, error) =>
      onEvent?.({
        what: 'failed',
        job: job === undefined ? '' : jobName(job),
        problem: readProblem(error.message),
      }),
    );
  }

  /** Takes no more jobs, hands back those that run, and closes.
   *  @param withinMs then it closes without waiting for them any longer */
  async stop(withinMs: number): Promise<void> {
    this.#processor.stop();
    await within(Math.max(0, withinMs - CLOSING_MS), this.#worker.close(), () => undefined);
    this.#cancellation.close();
  }
}
