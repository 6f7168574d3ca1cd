/** @file Everything of this process that lives in Redis, put together: queue, worker, schedules; started in order and
 *  stopped in order, within a time. The module wires it to Nest, to the definitions and to the training itself. */
import type { Queue } from 'bullmq';
import type { DefinitionSource } from '#kafka';
import { within } from '#platform';
import { Cancellation } from './cancellation.js';
import { type RedisIndication, RedisLink } from './redis-link.js';
import { type DefinitionList, Schedules } from './schedules.js';
import { TrainerKeys } from './trainer-keys.js';
import { TrainingQueue } from './training-queue.js';
import type { TrainingRun } from './training-run.js';
import { TrainingWorker, type WorkerEvent, type WorkerSettings } from './training-worker.js';

export interface OfficeOptions {
  readonly redisUrl: string;
  /** Before every key; two offices on one Redis with different prefixes know nothing of each other. */
  readonly prefix: string;
  readonly definitions: DefinitionSource & DefinitionList;
  readonly run: TrainingRun;
  readonly settings?: WorkerSettings;
  readonly onEvent?: (event: WorkerEvent) => void;
  /** What goes wrong and mends itself, or a schedule that cannot be kept; for the log. */
  readonly onTrouble?: (what: string) => void;
  /** Redis is away, with the problem; or back: null. */
  readonly onOutage?: (problem: string | null) => void;
}

export class TrainingOffice {
  readonly link: RedisLink;
  readonly trainings: TrainingQueue;
  readonly #options: OfficeOptions;
  readonly #keys: TrainerKeys;
  readonly #cancellation: Cancellation;
  readonly #schedules: Schedules;
  #worker: TrainingWorker | undefined;

  /** Connects; requests are taken as soon as Redis is there. */
  constructor(options: OfficeOptions) {
    const { redisUrl, prefix, definitions, onEvent, onTrouble, onOutage } = options;
    this.#options = options;
    this.#keys = new TrainerKeys(prefix);
    this.link = new RedisLink(redisUrl, onOutage);
    this.#cancellation = new Cancellation(this.link, this.#keys);
    this.trainings = new TrainingQueue(this.link, this.#keys, this.#cancellation, (job) =>
      onEvent?.({ what: 'cancelled while it waited', job }),
    );
    this.#schedules = new Schedules({
      link: this.link,
      keys: this.#keys,
      definitions,
      trainings: this.trainings,
      onProblem: (stream, problem) => onTrouble?.(`schedule of "${stream}": ${problem}`),
    });
  }

  /** For the board. */
  get queues(): readonly Queue[] {
    return [this.trainings.queue, this.#schedules.queue];
  }

  /** Begins to train and to keep the schedules. Call it when the definitions are complete: a stream that is not
   *  defined loses its schedule, and its jobs fail. Does not wait for Redis. */
  start(): void {
    const { run, definitions, settings, onEvent, onTrouble } = this.#options;
    this.#worker = new TrainingWorker({
      link: this.link,
      keys: this.#keys,
      cancellation: this.#cancellation,
      run,
      definitions,
      ...(settings === undefined ? {} : { settings }),
      ...(onEvent === undefined ? {} : { onEvent }),
      // Of an outage the link tells, once; BullMQ's own connection may be the first to feel it.
      onTrouble: (error) => {
        if (!this.link.isAway && !('syscall' in error)) onTrouble?.(error.message);
      },
    });
    this.#schedules.start();
  }

  health(): Promise<RedisIndication> {
    return this.link.health();
  }

  /** Hands back what runs and closes everything; never takes longer, also while Redis is away. */
  async stop(withinMs: number): Promise<void> {
    await Promise.all([this.#worker?.stop(withinMs), atMost(withinMs, this.#schedules.stop())]);
    this.link.close();
    await atMost(1_000, this.trainings.close());
  }
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  // A connection that is closed under it is the expected end of what came late.
  await within(ms, work, () => undefined).catch(() => undefined);
}
