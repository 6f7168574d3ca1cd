/** @file What broker specs share: a client under a prefix of its own, topics of the counting task, and the comparison
 *  of what is on the broker with what the in-memory twin says should be there.
 *
 *  Law: touches nothing outside its random prefix, and deletes that at the end. */
import { randomUUID } from 'node:crypto';
import { kafkajs } from '../kafkajs.js';
import { KafkaAdmin } from '../admin.js';
import { KafkaClient } from '../client.js';
import { silentLogger } from '../kafka-logger.js';
import type { OutputRecord } from '../partition-task.js';
import { RecordProducer } from '../producer.js';
import { TopicReader } from '../topic-reader.js';
import { applyTopics, deleteTopics, type TopicPlan } from '../topics.js';
import { firstDifference } from './any-cut.js';
import { countingInput, countingTask } from './counting-task.js';
import { InMemoryLog } from './in-memory-log.js';
import { pump } from './pump.js';

export const COUNTING_TOPICS = { inputTopic: 'in', outputTopic: 'out', changelogTopic: 'changelog' } as const;
export const PARTITIONS = 4;

/** Small segments and an eager cleaner: compaction happens while a test runs. */
const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.ms': '1000',
  'min.cleanable.dirty.ratio': '0.01',
  'delete.retention.ms': '5000',
};

export class BrokerBench {
  readonly brokers: readonly string[];
  readonly prefix = `test-${randomUUID()}.`;
  readonly client: KafkaClient;
  readonly admin: KafkaAdmin;
  readonly producer: RecordProducer;
  readonly #topics: string[] = [];

  constructor(brokers: readonly string[]) {
    this.brokers = brokers;
    this.client = new KafkaClient({ brokers, clientId: 'bench', prefix: this.prefix }, silentLogger);
    this.admin = new KafkaAdmin(this.client);
    this.producer = new RecordProducer(this.client);
  }

  /** Creates topics; compacted ones by name. */
  async topics(
    names: readonly string[],
    compacted: readonly string[] = [],
    partitions = PARTITIONS,
  ): Promise<void> {
    await this.admin.untilReady(60_000);
    const plans: TopicPlan[] = names.map((name) => ({
      name,
      partitions,
      configs: compacted.includes(name) ? COMPACTED : {},
    }));
    await applyTopics(this.client, this.admin, plans);
    this.#topics.push(...names);
  }

  async countingTopics(): Promise<void> {
    await this.topics(['in', 'out', 'changelog'], ['changelog']);
  }

  /** Sends numbered records of the counting task, from `from` on. */
  async sendCounting(from: number, count: number, keys = 60): Promise<void> {
    const records = Array.from({ length: count }, (_, index): OutputRecord => {
      const i = from + index;
      return { topic: 'in', key: `s${(i * 7919) % keys}`, value: countingInput(i, ((i * 31) % 1000) / 10) };
    });
    await this.producer.send(records, { deadlineMs: 120_000 });
  }

  /** Everything committed in a topic now, as a log in memory. */
  async read(topics: readonly string[]): Promise<InMemoryLog> {
    const log = new InMemoryLog(PARTITIONS);
    const reader = new TopicReader(this.client, topics);
    try {
      for (const topic of topics) {
        for await (const records of reader.all(topic)) {
          records.forEach(({ partition, key, value, headers }) =>
            log.append({ topic, partition, key, value, headers }),
          );
        }
      }
    } finally {
      await reader.close();
    }
    return log;
  }

  /** The first difference between the outputs on the broker and those that an undisturbed run of the counting task
   *  gives on the same input; null: none. */
  async countingDifference(): Promise<string | null> {
    const found = await this.read(['in', 'out']);
    const expected = new InMemoryLog(PARTITIONS);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      found.read('in', partition).forEach((record) => expected.append(record));
    }
    await pump(countingTask(COUNTING_TOPICS), expected);
    return firstDifference(expected, found, ['out']);
  }

  /** Whether the group has shown that it is through with the input. */
  async noLag(groupId: string): Promise<boolean> {
    const lag = await this.admin.lag(groupId, 'in').catch(() => []);
    return lag.length > 0 && lag.every((one) => one.lag === 0n);
  }

  /** The shortest session that this broker allows, at least two seconds: tests wait for dead members. */
  async shortestSessionMs(): Promise<number> {
    const cluster = await this.admin.call((admin) => admin.describeCluster());
    const name = String(cluster.brokers[0]?.nodeId ?? 1);
    const { resources } = await this.admin.call((admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name }],
      }),
    );
    const entry = resources[0]?.configEntries.find(
      ({ configName }) => configName === 'group.min.session.timeout.ms',
    );
    return Math.max(2_000, Number(entry?.configValue ?? 6_000));
  }

  async close(): Promise<void> {
    await deleteTopics(this.client, this.admin, this.#topics).catch(() => undefined);
    await this.producer.close();
    await this.admin.close();
  }
}
