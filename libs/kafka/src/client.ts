/** @file Makes kafkajs clients; the only file that decides their retry settings.
 *
 *  Every transaction after the first meets CONCURRENT_TRANSACTIONS while the broker writes the markers of the one
 *  before; kafkajs retries that after `initialRetryTime`, by default 300 ms: four transactions a second. The
 *  transactional settings make it 15 ms. Consumers and admins get calmer ones: their outages are supervised by us.
 *
 *  Law: no kafkajs consumer restarts itself: a restart that it gives up is silent, ours is not. */
import type { Consumer, Producer } from 'kafkajs';
import { kafkajs } from './kafkajs.js';
import { useFastGzip } from './fast-gzip.js';
import { logTo, type KafkaLogger } from './kafka-logger.js';
import { tuneInitProducerRetries } from './retry-defaults.js';
import type { KafkaSettings } from './settings.js';
import { guardIdleTimers } from './timer-guard.js';
import { TopicNames } from './topic-names.js';

const { Kafka, Partitioners } = kafkajs;

/** An unanswered request is given up. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Retries inside a transaction: many and short (milliseconds). */
export const TRANSACTION_RETRY = {
  initialRetryTime: 2,
  factor: 0.2,
  multiplier: 1.3,
  maxRetryTime: 200,
  retries: 30,
} as const;

/** Retries inside one call of a consumer, an admin or a plain producer; beyond them our supervision goes on. */
export const CALL_RETRY = {
  initialRetryTime: 50,
  factor: 0.2,
  multiplier: 2,
  maxRetryTime: 500,
  retries: 5,
} as const;

/** What a consumer of ours is told. */
export interface ConsumerShape {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly maxBytesPerPartition: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

/** One cluster as this process sees it: hands out kafkajs objects, each with its own connections. */
export class KafkaClient {
  readonly names: TopicNames;
  readonly logger: KafkaLogger;
  readonly #kafka: InstanceType<typeof Kafka>;

  constructor(settings: KafkaSettings, logger: KafkaLogger) {
    this.names = new TopicNames(settings.prefix);
    this.logger = logger;
    useFastGzip();
    if (!guardIdleTimers()) logger.warn('kafkajs is not the version that the timer guard knows');
    if (!tuneInitProducerRetries())
      logger.warn('kafkajs is not the version whose fence retries we can shorten');
    this.#kafka = new Kafka({
      brokers: [...settings.brokers],
      clientId: settings.clientId,
      connectionTimeout: settings.connectionTimeoutMs ?? 3_000,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: CALL_RETRY,
      logCreator: logTo(logger),
      ...(settings.ssl === undefined ? {} : { ssl: settings.ssl }),
      ...(settings.sasl === undefined ? {} : { sasl: settings.sasl }),
    });
  }

  /** A consumer that reads committed records only and never restarts itself. */
  consumer(shape: ConsumerShape): Consumer {
    return this.#kafka.consumer({
      groupId: shape.groupId,
      sessionTimeout: shape.sessionTimeoutMs,
      rebalanceTimeout: shape.rebalanceTimeoutMs,
      heartbeatInterval: shape.heartbeatMs,
      maxBytesPerPartition: shape.maxBytesPerPartition,
      maxBytes: shape.maxBytes,
      maxWaitTimeInMs: shape.maxWaitMs,
      readUncommitted: false,
      retry: { ...CALL_RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** A producer of one transactional id; `transactionTimeoutMs` is when the broker aborts a forgotten transaction. */
  transactionalProducer(transactionalId: string, transactionTimeoutMs: number): Producer {
    return this.#kafka.producer({
      transactionalId,
      transactionTimeout: transactionTimeoutMs,
      maxInFlightRequests: 1,
      retry: TRANSACTION_RETRY,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
  }

  /** A producer whose retries write nothing twice. */
  idempotentProducer(): Producer {
    return this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      retry: CALL_RETRY,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
  }

  /** kafkajs' admin client; use `KafkaAdmin`. */
  admin(): ReturnType<InstanceType<typeof Kafka>['admin']> {
    return this.#kafka.admin({ retry: CALL_RETRY });
  }
}
