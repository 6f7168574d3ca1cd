/** @file Retraining without being asked: the schedule of every definition, kept as a BullMQ job scheduler.
 *
 *  Schedulers live on a queue of their own. What comes due there is only a request, by `schedule`, on the queue
 *  `training`: it joins a training that waits, and a training that takes long delays no clock.
 *
 *  Law: after a look at the definitions there is one scheduler for every stream with a schedule, and no other. It is
 *  the same whoever looks, and how often: an unchanged scheduler is left alone, so that a run which came due while
 *  no trainer was there still happens, once. An interval begins with its first whole length, not at once. A
 *  Redis that was wiped, also with its connections standing, is told them again: its mark is missing then. */
import { type Job, Queue, type RepeatOptions, Worker } from 'bullmq';
import { describeError, durationMs, type Requester, StreamName, type StreamDefinition } from '#contracts';
import type { RedisLink } from './redis-link.js';
import { SCHEDULE_QUEUE, type TrainerKeys } from './trainer-keys.js';

/** The definitions in force; complete when `Schedules.start` is called. */
export interface DefinitionList {
  all(): Iterable<StreamDefinition>;
  /** Calls back after every change. @returns ends it */
  onChange(listener: () => void): () => void;
}

export interface TrainingRequests {
  request(stream: string, by: Requester): Promise<string>;
}

export interface ScheduleParts {
  readonly link: RedisLink;
  readonly keys: TrainerKeys;
  readonly definitions: DefinitionList;
  readonly trainings: TrainingRequests;
  /** A schedule that cannot be kept (a cron expression that is none), or trouble with Redis. */
  readonly onProblem?: (stream: string, problem: string) => void;
  /** Before a request is tried again that Redis did not take. */
  readonly retryAfterMs?: number;
  /** Between two questions whether Redis was wiped. */
  readonly askEveryMs?: number;
}

const ASK_EVERY_MS = 15_000;

type Schedule = NonNullable<StreamDefinition['retraining']['schedule']>;

export class Schedules {
  /** BullMQ's own, for the board. */
  readonly queue: Queue;
  readonly #parts: ScheduleParts;
  readonly #endings: (() => void)[] = [];
  #worker: Worker | undefined;
  #looking: Promise<void> | null = null;
  #again = false;

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
    this.queue = new Queue(SCHEDULE_QUEUE, { connection: parts.link.client, prefix: parts.keys.prefix });
    this.queue.on('error', () => undefined);
  }

  /** Begins to keep the schedules, and to request what comes due. */
  start(): void {
    const { link, keys, definitions } = this.#parts;
    this.#worker = new Worker(SCHEDULE_QUEUE, (job) => this.#due(job), {
      connection: link.client,
      prefix: keys.prefix,
      maxStalledCount: 1_000,
    });
    this.#worker.on('error', () => undefined);
    this.#endings.push(definitions.onChange(() => void this.look()));
    // A Redis that was wiped has forgotten them.
    this.#endings.push(link.onReady(() => void this.look()));
    const timer = setInterval(() => void this.#lookIfWiped(), this.#parts.askEveryMs ?? ASK_EVERY_MS).unref();
    this.#endings.push(() => clearInterval(timer));
    void this.look();
  }

  /** Makes the schedulers equal to the definitions; settles when they are. */
  look(): Promise<void> {
    if (this.#looking !== null) {
      this.#again = true;
      return this.#looking;
    }
    this.#looking = this.#lookUntilEqual().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async stop(): Promise<void> {
    for (const end of this.#endings.splice(0)) end();
    this.#again = false;
    await this.#worker?.close();
    await this.queue.close();
  }

  async #lookIfWiped(): Promise<void> {
    const { link, keys } = this.#parts;
    // One that is away is looked at when it is back. Without a mark of it, a process that is cut off from Kafka would
    // put its old definitions in the place of newer ones every time.
    if (link.client.status !== 'ready' || this.#looking !== null) return;
    try {
      if ((await link.client.exists(keys.schedulesKept)) === 0) await this.look();
    } catch (error) {
      this.#parts.onProblem?.('', describeError(error));
    }
  }

  async #lookUntilEqual(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#makeEqual();
      } catch (error) {
        // The connection waits for Redis, so this is an end, or an answer that we do not know: next change, next try.
        this.#parts.onProblem?.('', describeError(error));
      }
    } while (this.#again);
  }

  async #makeEqual(): Promise<void> {
    const { link, keys } = this.#parts;
    const wanted = new Map<string, Schedule>();
    for (const { stream, retraining } of this.#parts.definitions.all()) {
      if (retraining.schedule !== null) wanted.set(stream, retraining.schedule);
    }
    for (const { key, every, pattern, tz } of await this.queue.getJobSchedulers()) {
      const schedule = wanted.get(key);
      if (schedule === undefined) await this.queue.removeJobScheduler(key);
      else if (isKept(schedule, { every: every === undefined ? undefined : Number(every), pattern, tz })) {
        wanted.delete(key);
      }
    }
    for (const [stream, schedule] of wanted) {
      try {
        await this.queue.upsertJobScheduler(stream, repeatOf(schedule, Date.now()), {
          name: 'due',
          data: { stream },
          opts: { removeOnComplete: true, removeOnFail: { count: 100 } },
        });
      } catch (error) {
        this.#parts.onProblem?.(stream, describeError(error));
      }
    }
    await link.client.set(keys.schedulesKept, 'yes');
  }

  async #due(job: Job): Promise<void> {
    const { definitions, trainings, onProblem, retryAfterMs = 1_000 } = this.#parts;
    const stream = StreamName.parse((job.data as { stream?: unknown }).stream);
    const defined = [...definitions.all()].some((definition) => definition.stream === stream);
    if (!defined) return;
    // A request that Redis did not answer may have been taken: asking again joins it.
    for (;;) {
      try {
        await trainings.request(stream, 'schedule');
        return;
      } catch (error) {
        onProblem?.(stream, describeError(error));
        if (this.#endings.length === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
      }
    }
  }
}

function repeatOf(schedule: Schedule, nowMs: number): RepeatOptions {
  if ('cron' in schedule) return { pattern: schedule.cron, tz: schedule.timezone };
  const every = durationMs(schedule.every);
  return { every, startDate: nowMs + every };
}

function isKept(
  schedule: Schedule,
  kept: {
    readonly every: number | undefined;
    readonly pattern: string | undefined;
    readonly tz: string | undefined;
  },
): boolean {
  return 'cron' in schedule
    ? kept.pattern === schedule.cron && kept.tz === schedule.timezone
    : kept.every === durationMs(schedule.every);
}
