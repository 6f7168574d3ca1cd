/** @file The queue `training` as the rest of the service sees it: request, look, cancel.
 *
 *  Law: every job has a priority (a job without one would overtake all) and a name of its own. Of a stream at most
 *  one job waits that has not begun: a request joins it, and may raise its priority. The job gives up that place
 *  (BullMQ's deduplication key) when its run begins, so a request while one runs becomes the next, with a name that
 *  can be watched and cancelled: a request is always answered by a training that begins after it. A job of somebody
 *  else's that holds the place and will not be that training (it has ended, or is of another stream) is passed by.
 *
 *  A job that is cancelled before it began leaves the queue at once; it is remembered for a week, the newest hundred
 *  of a stream, so that people see what became of it. */
import { randomUUID } from 'node:crypto';
import { type Job, type JobsOptions, Queue } from 'bullmq';
import {
  describeError,
  formatTime,
  JOB_PRIORITY,
  type Requester,
  RollcastError,
  TrainingJob,
  TrainingJobView,
} from '#contracts';
import type { Cancellation } from './cancellation.js';
import type { RedisLink } from './redis-link.js';
import { jobThatHolds } from './stream-lock.js';
import { jobId, jobName, type QueuedTraining, type QueueState, viewOf } from './training-job-view.js';
import type { TrainingVerdict } from './training-run.js';
import { TRAINING_QUEUE, type TrainerKeys } from './trainer-keys.js';

/** How long finished jobs stay to be looked at. */
export const KEPT_JOBS = { age: 30 * 24 * 3_600, count: 500 };
const CANCELLED_KEPT = 100;
const CANCELLED_TTL_S = 7 * 24 * 3_600;

/** A job that moves on while we read is met again further down, so nothing is missed. */
const IN_ORDER_OF_LIFE = [
  ['waiting', ['wait', 'prioritized', 'delayed']],
  ['active', ['active']],
  ['completed', ['completed']],
  ['failed', ['failed']],
] as const;

export interface QueueCounts {
  readonly waiting: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
}

export class TrainingQueue {
  /** BullMQ's own, for the board. */
  readonly queue: Queue<unknown, TrainingVerdict>;
  readonly #link: RedisLink;
  readonly #keys: TrainerKeys;
  readonly #cancellation: Cancellation;
  readonly #onCancelled: (job: string) => void;

  /** @param onCancelled told of a job that left the queue before a worker had it (again) */
  constructor(
    link: RedisLink,
    keys: TrainerKeys,
    cancellation: Cancellation,
    onCancelled: (job: string) => void = () => undefined,
  ) {
    this.#onCancelled = onCancelled;
    this.#link = link;
    this.#keys = keys;
    this.#cancellation = cancellation;
    this.queue = new Queue(TRAINING_QUEUE, { connection: link.client, prefix: keys.prefix });
    // The connection's troubles are told by its health; without a listener they would end the process.
    this.queue.on('error', () => undefined);
  }

  /** Puts a training on the queue, or joins the one that waits: then the higher priority and the newest seed count.
   *  @returns the job's name
   *  @throws REDIS_UNAVAILABLE */
  async request(stream: string, by: Requester, seed?: number): Promise<string> {
    const id = randomUUID();
    const data: TrainingJob = { stream, requestedBy: by, ...(seed === undefined ? {} : { seed }) };
    return this.#link.ask(async () => {
      const job = await this.#add(id, data, { deduplication: { id: stream } });
      if (job.id === undefined || job.id === id) return jobName(job);
      return this.#join(job.id, data);
    });
  }

  /** Every job of a stream that is still known, newest first.
   *  @throws REDIS_UNAVAILABLE */
  async list(stream: string): Promise<TrainingJobView[]> {
    return this.#link.ask(async () => {
      const holder = await jobThatHolds(this.#link.client, this.#keys.lock(stream));
      const views = new Map<string, TrainingJobView>();
      for (const view of await this.#cancelled(stream)) views.set(view.job, view);
      for (const [state, types] of IN_ORDER_OF_LIFE) {
        // Of a job that was removed meanwhile BullMQ gives nothing, whatever its types say.
        const jobs: (QueuedTraining | undefined)[] = await this.queue.getJobs([...types]);
        for (const job of jobs) {
          if (job === undefined || !belongsTo(stream, job)) continue;
          const view = viewOf(job, state, holder === jobName(job));
          if (view !== null) views.set(view.job, view);
        }
      }
      return [...views.values()].sort((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1));
    });
  }

  /** @throws NO_SUCH_JOB, REDIS_UNAVAILABLE */
  async get(stream: string, name: string): Promise<TrainingJobView> {
    return this.#link.ask(() => this.#view(stream, name));
  }

  /** Cancels a job: one that has not begun is gone at once, one that runs is told to end, wherever it runs, and is
   *  still `running` in the answer. A job that has ended stays as it is.
   *  @throws NO_SUCH_JOB, REDIS_UNAVAILABLE */
  async cancel(stream: string, name: string, reason = 'by request'): Promise<TrainingJobView> {
    return this.#link.ask(async () => {
      const job = await this.#find(stream, name);
      const before = await this.#view(stream, name);
      if (job === null || (before.state !== 'waiting' && before.state !== 'running')) return before;
      // First the wish: whoever takes the job meanwhile, or has it although BullMQ believes that it waits, meets it.
      await this.#cancellation.request(name, reason);
      if (before.state === 'running' || !(await wasRemoved(job))) return this.#view(stream, name);
      const { code, message } = new RollcastError('TRAINING_CANCELLED', { reason });
      const view: TrainingJobView = {
        ...before,
        state: 'cancelled',
        finishedAt: formatTime(Date.now()),
        problem: { code, message },
      };
      await this.#remember(stream, view);
      this.#onCancelled(name);
      return view;
    });
  }

  /** How many jobs the queue has, of all streams. */
  async counts(): Promise<QueueCounts> {
    const found = await this.#link.ask(() =>
      this.queue.getJobCounts('wait', 'prioritized', 'delayed', 'active', 'completed', 'failed'),
    );
    const { wait = 0, prioritized = 0, delayed = 0, active = 0, completed = 0, failed = 0 } = found;
    return { waiting: wait + prioritized + delayed, running: active, completed, failed };
  }

  async close(): Promise<void> {
    await this.queue.close();
  }

  #add(id: string, data: TrainingJob, options: JobsOptions = {}): Promise<QueuedTraining> {
    return this.queue.add('train', data, {
      jobId: id,
      priority: JOB_PRIORITY[data.requestedBy],
      attempts: 1,
      removeOnComplete: KEPT_JOBS,
      removeOnFail: KEPT_JOBS,
      ...options,
    });
  }

  async #join(id: string, wanted: TrainingJob): Promise<string> {
    const job = (await this.queue.getJob(id)) as QueuedTraining | undefined;
    // It has ended in this very moment, after its run had begun: too early for this request.
    if (job === undefined) return this.request(wanted.stream, wanted.requestedBy, wanted.seed);
    if (job.finishedOn !== undefined || !belongsTo(wanted.stream, job)) {
      return jobName(await this.#add(randomUUID(), wanted));
    }
    const raises = job.priority === 0 || JOB_PRIORITY[wanted.requestedBy] < job.priority;
    if (raises || wanted.seed !== undefined) {
      const { seed } = wanted;
      const before = TrainingJob.parse(job.data);
      const requestedBy = raises ? wanted.requestedBy : before.requestedBy;
      await job.updateData({ ...before, requestedBy, ...(seed === undefined ? {} : { seed }) });
    }
    if (raises) await job.changePriority({ priority: JOB_PRIORITY[wanted.requestedBy] });
    return jobName(job);
  }

  async #find(stream: string, name: string): Promise<Job<unknown, TrainingVerdict> | null> {
    const job = await this.queue.getJob(jobId(name));
    return job !== undefined && jobName(job) === name && belongsTo(stream, job) ? job : null;
  }

  async #view(stream: string, name: string): Promise<TrainingJobView> {
    const job = await this.#find(stream, name);
    const view = job === null ? null : await this.#viewOf(stream, job);
    if (view !== null) return view;
    const cancelled = (await this.#cancelled(stream)).find((one) => one.job === name);
    if (cancelled !== undefined) return cancelled;
    throw new RollcastError('NO_SUCH_JOB', { stream, job: name });
  }

  async #viewOf(stream: string, job: QueuedTraining): Promise<TrainingJobView | null> {
    const state = await job.getState();
    // Read again after its state: the verdict of a job that has ended since.
    const fresh = (await this.queue.getJob(job.id ?? '')) ?? job;
    const holder = await jobThatHolds(this.#link.client, this.#keys.lock(stream));
    return viewOf(fresh, queueState(state), holder === jobName(job));
  }

  async #cancelled(stream: string): Promise<TrainingJobView[]> {
    const kept = await this.#link.client.lrange(this.#keys.cancelled(stream), 0, -1);
    return kept.flatMap((text) => {
      const parsed = TrainingJobView.safeParse(JSON.parse(text));
      return parsed.success ? [parsed.data] : [];
    });
  }

  async #remember(stream: string, view: TrainingJobView): Promise<void> {
    const key = this.#keys.cancelled(stream);
    await this.#link.client
      .multi()
      .lpush(key, JSON.stringify(view))
      .ltrim(key, 0, CANCELLED_KEPT - 1)
      .expire(key, CANCELLED_TTL_S)
      .exec();
  }
}

function belongsTo(stream: string, job: Pick<Job, 'data'>): boolean {
  const data = TrainingJob.safeParse(job.data);
  return data.success && data.data.stream === stream;
}

function queueState(state: string): QueueState {
  return state === 'active' || state === 'completed' || state === 'failed' ? state : 'waiting';
}

/** False where a worker has it, or a scheduler of somebody else's: whoever takes it then meets the wish. */
async function wasRemoved(job: Job): Promise<boolean> {
  try {
    await job.remove();
    return true;
  } catch (error) {
    if (/locked|missing|scheduler/i.test(describeError(error))) return false;
    throw error;
  }
}
