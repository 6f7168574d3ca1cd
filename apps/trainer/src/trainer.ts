/** @file The service without Nest: tables from Kafka, the office on Redis, the training between them; started in order
 *  and stopped in order.
 *
 *  Law: no job is taken before definitions and models are read, so no training is refused, and no schedule removed,
 *  only because this process has just begun. */
import { describeError, type StreamDefinition } from '#contracts';
import { definitionTable, type DefinitionTable, KafkaClient, RecordProducer, TopicReader } from '#kafka';
import { FileSystemModelStore } from '#model-store';
import type { Health, Logger, Metrics } from '#platform';
import type { TrainerConfiguration } from './configuration.js';
import { type FollowedTable, followTable } from './followed-table.js';
import { ModelTable } from './model-table.js';
import { registerQueueMetrics } from './queue-metrics.js';
import { describeExecutor, refitInThread } from './refit-in-thread.js';
import { TrainingMetrics } from './training-metrics.js';
import { TrainingOffice } from './training-office.js';
import { forgetCheckpoints, trainingRunner } from './training-runner.js';
import type { WorkerEvent } from './training-worker.js';

export interface TrainerPlatform {
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
}

/** Of the service's ten seconds; the rest is for Kafka and HTTP. */
const HANDING_BACK_MS = 6_500;

export class Trainer {
  readonly definitions: DefinitionTable;
  readonly models: ModelTable;
  readonly office: TrainingOffice;
  readonly #logger: Logger;
  readonly #store: FileSystemModelStore;
  readonly #producer: RecordProducer;
  readonly #streams: FollowedTable;
  readonly #records: FollowedTable;
  readonly #metrics: TrainingMetrics;
  #stopping = false;

  /** @throws BAD_CONFIGURATION where no training could run as configured */
  static async create(configuration: TrainerConfiguration, platform: TrainerPlatform): Promise<Trainer> {
    const reason = await describeExecutor({ wish: configuration.executor });
    platform.logger.info('trainings run on', { executor: reason });
    platform.health.register('executor', () => ({ status: 'up', detail: reason }));
    return new Trainer(configuration, platform);
  }

  private constructor(
    { kafka, redisUrl, queuePrefix, modelStore, executor, lockMs }: TrainerConfiguration,
    { logger, health, metrics }: TrainerPlatform,
  ) {
    const client = new KafkaClient(kafka, logger);
    this.#logger = logger;
    this.#store = new FileSystemModelStore(modelStore);
    this.#producer = new RecordProducer(client);
    this.#streams = followTable(client, health, 'streams');
    this.#records = followTable(client, health, 'models');
    this.#metrics = new TrainingMetrics(metrics);
    this.definitions = definitionTable(this.#streams.table, (stream, problem) =>
      logger.warn('a record of the topic streams is no definition', { stream, problem }),
    );
    this.models = new ModelTable(this.#records.table, this.#producer, (key, problem) =>
      logger.warn('a record of the topic models is none', { key, problem }),
    );
    this.office = new TrainingOffice({
      redisUrl,
      prefix: queuePrefix,
      definitions: {
        get: (stream: string) => this.definitions.get(stream),
        catchUp: () => this.definitions.catchUp(),
        all: (): Iterable<StreamDefinition> => this.definitions.all(),
        onChange: (listener: () => void) => this.#streams.onChange(listener),
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
    });
    health.register('redis', () => this.office.health());
    registerQueueMetrics(metrics, this.office.trainings);
  }

  /** Begins to work when the tables are read; does not wait for it. */
  start(): void {
    Promise.all([this.#streams.table.ready(), this.#records.table.ready()]).then(
      () => {
        if (!this.#stopping) this.office.start();
      },
      (error: unknown) => {
        if (!this.#stopping) this.#logger.error('the tables cannot be read', { error });
      },
    );
  }

  /** Hands back what runs, with a checkpoint, and lets go of everything. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.office.stop(HANDING_BACK_MS);
    await Promise.all([this.#streams.table.stop(), this.#records.table.stop(), this.#producer.close()]);
  }

  #tell(event: WorkerEvent): void {
    const { what, job } = event;
    if (what !== 'failed') return this.#logger.info(`training ${what}`, { job });
    const { problem } = event;
    this.#metrics.failed(problem.code);
    this.#logger.warn('training failed', { job, ...problem });
    // Nobody goes on with it; tried again by hand it begins anew, on the frames of then.
    forgetCheckpoints(this.#store, job).catch((error: unknown) =>
      this.#logger.warn('a checkpoint cannot be removed', { job, problem: describeError(error) }),
    );
  }
}
