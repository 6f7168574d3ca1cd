/** @file Kafka and Redis in containers, where a container runtime answers.
 *
 *  testcontainers is loaded only here and only when it is asked for. Its reaper removes the containers even after a
 *  SIGKILL of ours. The image is Confluent's build of Apache Kafka, the one its Kafka module knows how to start.
 *
 *  Law: images are named with their version; the broker has the same one-node settings as the local one. */

/** Kafka 4.0 in KRaft mode. */
export const KAFKA_IMAGE = 'confluentinc/cp-kafka:8.0.0';
export const REDIS_IMAGE = 'redis:7.2';
const KAFKA_PORT = 9093;

export interface StartedContainer {
  readonly host: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Whether a container runtime answers (Docker, Podman, or what DOCKER_HOST names); about 1 ms when there is none. */
export async function containerRuntimeAnswers(): Promise<boolean> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
    return true;
  } catch {
    return false;
  }
}

/** One broker that is its own controller. */
export async function startKafkaContainer(): Promise<StartedContainer> {
  const { KafkaContainer } = await import('@testcontainers/kafka');
  const container = await new KafkaContainer(KAFKA_IMAGE)
    .withKraft()
    .withEnvironment({
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '4',
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      KAFKA_HEAP_OPTS: '-Xms256m -Xmx512m',
    })
    .start();
  return {
    host: container.getHost(),
    port: container.getMappedPort(KAFKA_PORT),
    stop: async () => void (await container.stop()),
  };
}

/** Redis with an append-only file and no eviction, as the queue needs it. */
export async function startRedisContainer(): Promise<StartedContainer> {
  const { RedisContainer } = await import('@testcontainers/redis');
  const container = await new RedisContainer(REDIS_IMAGE)
    .withCommand(['redis-server', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'])
    .start();
  return {
    host: container.getHost(),
    port: container.getPort(),
    stop: async () => void (await container.stop()),
  };
}
