/** @file The wiring of the service predictor, on one screen. CONFIGURATION, PLATFORM and Logger are given by the
 *  platform to whatever is listed here.
 *
 *  Law: nothing here waits for Kafka. Consumers stop side by side. Forecasts are made by ONNX Runtime on the CPU
 *  alone, whose results do not depend on the batch: that is what makes a replay equal a live run. */
import { Inject, Module, type OnModuleInit, type Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { compiledExecutor } from '#compute';
import { describeError, type ModelRecord } from '#contracts';
import {
  type CompactedTable,
  DEFINITIONS,
  type DefinitionTable,
  KafkaClient,
  PartitionRunner,
  serveDefinitions,
  type ServedDefinitions,
  serveFollower,
  serveRunner,
  serveTable,
} from '#kafka';
import { FileSystemModelStore } from '#model-store';
import { CONFIGURATION, Logger, type Platform, PLATFORM } from '#platform';
import type { FastifyInstance } from 'fastify';
import type { PredictorConfiguration } from './configuration.js';
import { ForecastFeed } from './forecast-feed.js';
import { ForecastsController } from './forecasts.controller.js';
import { framesTask } from './frames.task.js';
import { LatestForecasts } from './latest-forecasts.js';
import { ModelVersions } from './model-versions.js';
import { registerPage } from './page.js';
import { predictorMetrics } from './predictor-metrics.js';
import { RecentRecords } from './recent-records.js';
import { digestOf, latestForecastsFrom } from './series-facts.js';
import { SeriesViews } from './series-views.js';

const MODELS = Symbol('topic models');

/** The topic, and what it says. */
interface Models {
  readonly table: CompactedTable;
  readonly versions: ModelVersions;
}

/** Kept of frames for HTTP: records a series and in all, and how far back an instance that starts looks for them. */
const FRAMES_KEPT = { perSeries: 400, inAll: 200_000, lookBack: 20_000 };
const BEAT_MS = 15_000;

const providers: Provider[] = [
  {
    provide: KafkaClient,
    inject: [CONFIGURATION, Logger],
    useFactory: ({ kafka }: PredictorConfiguration, logger: Logger) => new KafkaClient(kafka, logger),
  },
  {
    provide: DEFINITIONS,
    inject: [PLATFORM, KafkaClient],
    useFactory: (platform: Platform, client: KafkaClient) => serveDefinitions(platform, client),
  },
  {
    provide: MODELS,
    inject: [PLATFORM, CONFIGURATION, KafkaClient],
    useFactory: (platform: Platform, { modelStore }: PredictorConfiguration, client: KafkaClient): Models => {
      const executor = compiledExecutor();
      const detail = `${executor.description}: its results do not depend on the batch`;
      platform.health.register('executor', () => ({ status: 'up', detail }));
      const versions = new ModelVersions({
        store: new FileSystemModelStore(modelStore),
        executor,
        onUnreadable: (key, problem) =>
          platform.logger.warn(`record ${key} of the topic models is passed over: ${problem}`),
        onWaiting: (stream, version, problem) =>
          platform.logger.warn('a version waits for the store', { stream, version, problem }),
        catchUp: (signal) => table.catchUp(signal),
      });
      const onChange = (key: string, value: Buffer | null) => versions.take(key, value);
      const table: CompactedTable = serveTable(platform, client, { topic: 'models', onChange });
      return { table, versions };
    },
  },
  {
    provide: PartitionRunner,
    inject: [PLATFORM, CONFIGURATION, KafkaClient, MODELS, DEFINITIONS],
    useFactory: (
      platform: Platform,
      { sessionTimeoutMs }: PredictorConfiguration,
      client: KafkaClient,
      models: Models,
      definitions: ServedDefinitions,
    ) =>
      serveRunner(platform, {
        client,
        task: framesTask({
          definitions,
          versions: models.versions,
          onRecord: (record) => say(platform.logger, record),
          onLost: (stream, series) =>
            platform.logger.warn('the log no longer holds their frames: series begin anew', {
              stream,
              series,
            }),
        }),
        groupId: 'predictor',
        sessionTimeoutMs,
        after: [definitions, models.table],
        onCommitted: predictorMetrics(platform.metrics, Date.now),
      }),
  },
  { provide: ForecastFeed, useFactory: () => new ForecastFeed() },
  {
    provide: SeriesViews,
    inject: [PLATFORM, KafkaClient, DEFINITIONS, ForecastFeed],
    useFactory: (
      platform: Platform,
      client: KafkaClient,
      definitions: DefinitionTable,
      feed: ForecastFeed,
    ) => {
      const states = serveTable(platform, client, { topic: 'predictor.state', digest: digestOf });
      const frames = new RecentRecords(FRAMES_KEPT.perSeries, FRAMES_KEPT.inAll);
      const forecasts = new LatestForecasts(states.entries());
      serveFollower(platform, client, {
        topic: 'frames',
        from: { last: FRAMES_KEPT.lookBack },
        onRecords: (records) => frames.take(records),
      });
      let isReadBack = false;
      const follower = serveFollower(platform, client, {
        topic: 'forecasts',
        from: async () => {
          await states.catchUp();
          return latestForecastsFrom(states.entries().values());
        },
        onRecords: (records) => {
          forecasts.take(records);
          // What is read back is no news.
          if (isReadBack) feed.take(records);
        },
      });
      platform.health.register('latest forecasts', () =>
        isReadBack ? { status: 'up' } : { status: 'waiting', detail: 'they are being read back' },
      );
      follower.catchUp().then(
        () => (isReadBack = true),
        (error: unknown) => platform.logger.debug(`forecasts not read back: ${describeError(error)}`),
      );
      const beat = setInterval(() => feed.beat(), BEAT_MS);
      // Beside, or it would part the consumers: those before it would wait for those behind it.
      platform.shutdown.addBeside('beat', () => clearInterval(beat));
      return new SeriesViews({ definitions, states, frames, forecasts });
    },
  },
];

/** What becomes of versions, for whoever reads the log. */
function say(logger: Logger, record: ModelRecord): void {
  const of = { stream: record.stream, version: record.version };
  if (record.type === 'switch') {
    const { partition, frameOffset } = record;
    logger.info('another version serves', { ...of, partition, frameOffset });
  } else if (record.type === 'refusal') {
    const { partition, problem } = record;
    logger.warn('a version is refused: the one before serves on', { ...of, partition, problem });
  }
}

@Module({ controllers: [ForecastsController], providers })
export class PredictorModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(Logger) private readonly logger: Logger,
    // Nobody asks for the runner: this makes it.
    @Inject(PartitionRunner) readonly runner: PartitionRunner,
  ) {}

  async onModuleInit(): Promise<void> {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    if (!(await registerPage(server))) this.logger.warn('the page was not built: only the API answers');
  }
}
