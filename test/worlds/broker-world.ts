/** @file A piece of the broker for one test: all topics of the table under a random prefix, and what a test does there.
 *
 *  Law: touches nothing outside its prefix, and deletes that at the end, also on somebody's own Kafka. */
import { randomUUID } from 'node:crypto';
import { type StreamDefinition, TOPICS } from '#contracts';
import {
  applyTopics,
  deleteTopics,
  KafkaAdmin,
  KafkaClient,
  type OutputRecord,
  RecordProducer,
  silentLogger,
  TopicFollower,
} from '#kafka';
import { until } from '../until.js';

/** Of the pipeline's topics. */
export const PARTITIONS = 4;
/** The protocol's number for a broker as a thing with a configuration. */
const BROKER_RESOURCE = 4;
/** Long enough for two busy cores, short enough for tests that wait for dead members (milliseconds). */
const SESSION_MS = 2_000;

export class BrokerWorld {
  readonly prefix = `test-${randomUUID()}.`;
  readonly client: KafkaClient;
  readonly admin: KafkaAdmin;
  readonly producer: RecordProducer;
  readonly #brokers: readonly string[];
  #sessionMs = SESSION_MS;
  #partitions = PARTITIONS;

  private constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
    this.client = new KafkaClient({ brokers, clientId: 'test', prefix: this.prefix }, silentLogger);
    this.admin = new KafkaAdmin(this.client);
    this.producer = new RecordProducer(this.client);
  }

  /** A world with every topic of the table. */
  static async make(brokers: readonly string[], partitions = PARTITIONS): Promise<BrokerWorld> {
    const world = BrokerWorld.withoutTopics(brokers);
    await world.applyTopics(partitions);
    world.#sessionMs = Math.max(SESSION_MS, await world.#shortestSessionMs());
    return world;
  }

  static withoutTopics(brokers: readonly string[]): BrokerWorld {
    return new BrokerWorld(brokers);
  }

  async applyTopics(partitions = PARTITIONS): Promise<void> {
    this.#partitions = partitions;
    await this.admin.untilReady(60_000);
    await applyTopics(
      this.client,
      this.admin,
      TOPICS.map(({ name, partitions: count, configs }) => ({
        name,
        partitions: count === 'pipeline' ? partitions : count,
        configs,
      })),
    );
  }

  /** What a service of this world is told. */
  get environment(): Record<string, string> {
    return {
      KAFKA_BROKERS: this.#brokers.join(','),
      KAFKA_SESSION_TIMEOUT_MS: String(this.#sessionMs),
      ROLLCAST_PREFIX: this.prefix,
    };
  }

  async define(...definitions: readonly StreamDefinition[]): Promise<void> {
    await this.send(
      definitions.map((one) => ({ topic: 'streams', key: one.stream, value: JSON.stringify(one) })),
    );
  }

  async send(records: readonly OutputRecord[]): Promise<void> {
    await this.producer.send(records, { deadlineMs: 60_000 });
  }

  /** Whether the group has shown that it is through with a topic. Asked twice: what the first answer saw done may
   *  have put a forwarded record where it had looked already. */
  async isThrough(groupId: string, topic: string): Promise<boolean> {
    return (await this.#hasNoLag(groupId, topic)) && (await this.#hasNoLag(groupId, topic));
  }

  /** Settles when all that lies in a topic now has been worked off, and what was forwarded of that. Sooner than the
   *  group shows it: unreadable marks are put behind everything, and their dead letters are waited for. */
  async workedOff(topic: 'readings' | 'frames'): Promise<void> {
    const dead = new Set<string>();
    const follower = new TopicFollower(this.client, {
      topic: `${topic}.dead`,
      from: 'end',
      onRecords: (records) => records.forEach(({ value }) => dead.add(String(value))),
    });
    await follower.start();
    try {
      // The second marks lie behind what was forwarded before the first had their turn.
      for (const round of ['first', 'second']) {
        const marks = Array.from({ length: this.#partitions }, () => `${round} mark ${randomUUID()}`);
        await this.send(marks.map((value, partition) => ({ topic, partition, key: null, value })));
        await until(`${topic} is worked off`, () => marks.every((mark) => dead.has(mark)));
      }
    } finally {
      await follower.stop();
    }
  }

  async close(): Promise<void> {
    const names = TOPICS.map(({ name }) => name);
    await deleteTopics(this.client, this.admin, names).catch(() => undefined);
    await this.producer.close();
    await this.admin.close();
  }

  async #hasNoLag(groupId: string, topic: string): Promise<boolean> {
    const lag = await this.admin.lag(groupId, topic).catch(() => []);
    return lag.length > 0 && lag.every((one) => one.lag === 0n);
  }

  async #shortestSessionMs(): Promise<number> {
    const cluster = await this.admin.call((admin) => admin.describeCluster());
    const name = String(cluster.brokers[0]?.nodeId ?? 1);
    const { resources } = await this.admin.call((admin) =>
      admin.describeConfigs({ includeSynonyms: false, resources: [{ type: BROKER_RESOURCE, name }] }),
    );
    const entry = resources[0]?.configEntries.find(
      ({ configName }) => configName === 'group.min.session.timeout.ms',
    );
    return Number(entry?.configValue ?? 6_000);
  }
}
