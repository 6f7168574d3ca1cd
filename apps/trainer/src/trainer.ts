/** @file The service without Nest: tables from Kafka, the office on Redis, the training between them; started in order
 *  and stopped in order.
 *
 *  Law: no job is taken before definitions and models are read, so no training is refused, and no schedule removed,
 *  only because this process has just begun. */
import { describeError, RollcastError, type StreamDefinition } from '#contracts';
import {
  type DefinitionTable,
  KafkaClient,
  serveDefinitions,
  serveProducer,
  serveTable,
  TopicReader,
  writeThrough,
} from '#kafka';
import { FileSystemModelStore } from '#model-store';
import type { Logger, Platform, Shutdown } from '#platform';
import type { TrainerConfiguration } from './configuration.js';
import { ModelTable } from './model-table.js';
import { registerQueueMetrics } from './queue-metrics.js';
import { describeExecutor, refitInThread } from './refit-in-thread.js';
import { TrainingMetrics } from './training-metrics.js';
import { TrainingOffice } from './training-office.js';
import { forgetCheckpoints, trainingRunner } from './training-runner.js';
import type { WorkerEvent } from './training-worker.js';

/** Of the service's ten seconds; the rest is for Kafka and HTTP. */
const HANDING_BACK_MS = 6_500;

export class Trainer {
  readonly definitions: DefinitionTable;
  readonly models: ModelTable;
  readonly office: TrainingOffice;
  readonly #logger: Logger;
  readonly #shutdown: Shutdown;
  readonly #store: FileSystemModelStore;
  readonly #tables: readonly { ready(): Promise<void> }[];
  readonly #metrics: TrainingMetrics;

  /** @throws BAD_CONFIGURATION where no training could run as configured */
  static async create(configuration: TrainerConfiguration, platform: Platform): Promise<Trainer> {
    const reason = await describeExecutor({ wish: configuration.executor }).catch((error: unknown) => {
      const problem = `ROLLCAST_EXECUTOR: ${describeError(error)}; write auto, or another one`;
      throw new RollcastError('BAD_CONFIGURATION', { problem }, error);
    });
    platform.logger.info('trainings run on', { executor: reason });
    platform.health.register('executor', () => ({ status: 'up', detail: reason }));
    return new Trainer(configuration, platform);
  }

  private constructor(
    { kafka, redisUrl, queuePrefix, modelStore, executor, lockMs }: TrainerConfiguration,
    platform: Platform,
  ) {
    const { logger, health, metrics, shutdown } = platform;
    const client = new KafkaClient(kafka, logger);
    this.#logger = logger;
    this.#shutdown = shutdown;
    this.#store = new FileSystemModelStore(modelStore);
    const producer = serveProducer(platform, client);
    const onDefined = new Set<() => void>();
    const definitions = serveDefinitions(platform, client, () => onDefined.forEach((listener) => listener()));
    this.definitions = definitions;
    const records = serveTable(platform, client, { topic: 'models' });
    this.#tables = [definitions, records];
    this.#metrics = new TrainingMetrics(metrics);
    this.models = new ModelTable(records, writeThrough(producer, records), (key, problem) =>
      logger.warn('a record of the topic models is none', { key, problem }),
    );
    this.office = new TrainingOffice({
      redisUrl,
      prefix: queuePrefix,
      definitions: {
        get: (stream: string) => this.definitions.get(stream),
        catchUp: () => this.definitions.catchUp(),
        all: (): Iterable<StreamDefinition> => this.definitions.all(),
        onChange: (listener: () => void) => {
          onDefined.add(listener);
          return () => onDefined.delete(listener);
        },
      },
      run: trainingRunner({
        openFrames: () => new TopicReader(client, ['frames']),
        models: this.models,
        store: this.#store,
        refit: (order, hooks) => refitInThread(order, hooks, { wish: executor }),
        now: Date.now,
        onTrouble: (what, fields) => logger.warn(what, fields),
        onVerdict: ({ promoted, version, reason }, seconds) => {
          this.#metrics.decided(promoted, seconds);
          logger.info(promoted ? 'a version is promoted' : 'the champion stays', {
            version,
            reason,
            seconds,
          });
        },
      }),
      settings: { lockMs, stalledEveryMs: lockMs / 2 },
      onEvent: (event) => this.#tell(event),
      onTrouble: (problem) => logger.warn('trouble with the queue; it goes on', { problem }),
      onOutage: (problem) =>
        problem === null
          ? logger.info('Redis is there again')
          : logger.warn('Redis is away; trainings and requests wait for it', { problem }),
    });
    health.register('redis', () => this.office.health());
    registerQueueMetrics(metrics, this.office.trainings);
    // What runs is handed back, with a checkpoint, while Kafka is still there.
    shutdown.add('trainings', () => this.office.stop(HANDING_BACK_MS));
  }

  /** Begins to work when the tables are read; does not wait for it. */
  start(): void {
    Promise.all(this.#tables.map((table) => table.ready())).then(
      () => {
        if (!this.#shutdown.begun) this.office.start();
      },
      // The table has ended the service, or the service the table.
      (error: unknown) => this.#logger.debug(`no training was begun: ${describeError(error)}`),
    );
  }

  #tell(event: WorkerEvent): void {
    const { what, job } = event;
    if (what === 'put off') {
      this.#logger.warn('training put off until this has passed', { job, ...event.problem });
      return;
    }
    if (what === 'failed') {
      this.#metrics.failed(event.problem.code);
      this.#logger.warn('training failed', { job, ...event.problem });
    } else {
      this.#logger.info(`training ${what}`, { job });
      if (what !== 'cancelled while it waited') return;
    }
    // Nobody goes on with it; tried again by hand it begins anew, on the frames of then.
    forgetCheckpoints(this.#store, job).catch((error: unknown) =>
      this.#logger.warn('a checkpoint cannot be removed', { job, problem: describeError(error) }),
    );
  }
}
