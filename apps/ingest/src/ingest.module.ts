/** @file The wiring of the service ingest, on one screen. CONFIGURATION, PLATFORM and Logger are given by the
 *  platform to whatever is listed here.
 *
 *  Law: nothing here waits for Kafka. What is made first is stopped last: the runner drains before the producer and
 *  the table go. */
import { Module, type Provider } from '@nestjs/common';
import {
  DEFINITIONS,
  KafkaClient,
  PartitionRunner,
  serveDefinitions,
  type ServedDefinitions,
  serveProducer,
  serveRunner,
} from '#kafka';
import { CONFIGURATION, Logger, type Platform, PLATFORM } from '#platform';
import type { IngestConfiguration } from './configuration.js';
import { ReadingsController } from './readings.controller.js';
import { readingsMetrics } from './readings-metrics.js';
import { readingsTask } from './readings.task.js';
import { StreamDefinitionsController } from './stream-definitions.controller.js';
import { RECORD_SINK } from './wiring.js';

const providers: Provider[] = [
  {
    provide: KafkaClient,
    inject: [CONFIGURATION, Logger],
    useFactory: ({ kafka }: IngestConfiguration, logger: Logger) => new KafkaClient(kafka, logger),
  },
  { provide: RECORD_SINK, inject: [PLATFORM, KafkaClient], useFactory: serveProducer },
  {
    provide: DEFINITIONS,
    inject: [PLATFORM, KafkaClient],
    useFactory: (platform: Platform, client: KafkaClient) => serveDefinitions(platform, client),
  },
  {
    provide: PartitionRunner,
    inject: [PLATFORM, CONFIGURATION, KafkaClient, DEFINITIONS],
    useFactory: (
      platform: Platform,
      { sessionTimeoutMs }: IngestConfiguration,
      client: KafkaClient,
      definitions: ServedDefinitions,
    ) => {
      const count = readingsMetrics(platform.metrics);
      return serveRunner(platform, {
        client,
        task: readingsTask({ definitions }),
        groupId: 'ingest',
        sessionTimeoutMs,
        after: [definitions],
        onCommitted: ({ counts }) => count(counts),
      });
    },
  },
];

@Module({ controllers: [ReadingsController, StreamDefinitionsController], providers })
export class IngestModule {}
