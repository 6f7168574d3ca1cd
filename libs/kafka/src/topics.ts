/** @file Creates the topics of a table, and says where existing ones differ.
 *
 *  Law: idempotent; an existing topic is never altered: a difference is reported, a person decides. */
import { RollcastError } from '#contracts';
import type { KafkaAdmin } from './admin.js';
import { retrying } from './backoff.js';
import { isOutage } from './classify.js';
import type { KafkaClient } from './client.js';

/** A thousand new partitions take a small broker some seconds. */
const LED_MS = 30_000;

/** One row of the caller's table; the name is unprefixed. */
export interface TopicPlan {
  readonly name: string;
  readonly partitions: number;
  /** Left out: the broker's default. */
  readonly replication?: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** Where an existing topic is not what the table says. */
export interface TopicDifference {
  readonly topic: string;
  /** `partitions` or the name of a configuration. */
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
}

export interface TopicsReport {
  readonly created: readonly string[];
  readonly existing: readonly string[];
  readonly differences: readonly TopicDifference[];
}

/** What of an existing topic differs from its plan. */
export function differencesOf(
  plan: TopicPlan,
  found: { readonly partitions: number; readonly configs: ReadonlyMap<string, string> },
): TopicDifference[] {
  const differences: TopicDifference[] = [];
  const compare = (what: string, wanted: string, is: string) => {
    if (wanted !== is) differences.push({ topic: plan.name, what, wanted, found: is });
  };
  compare('partitions', String(plan.partitions), String(found.partitions));
  for (const [name, wanted] of Object.entries(plan.configs)) {
    compare(name, wanted, found.configs.get(name) ?? '(not set)');
  }
  return differences;
}

/** Creates what is missing of `plans` and compares the rest.
 *  @throws BROKER_UNAVAILABLE; a replication factor that the cluster cannot give */
export async function applyTopics(
  client: KafkaClient,
  admin: KafkaAdmin,
  plans: readonly TopicPlan[],
): Promise<TopicsReport> {
  const present = new Set(await admin.topicNames());
  const missing = plans.filter(({ name }) => !present.has(name));
  const existing = plans.filter(({ name }) => present.has(name));
  if (missing.length > 0) {
    const topics = missing.map(({ name, partitions, replication, configs }) => ({
      topic: client.names.full(name),
      numPartitions: partitions,
      replicationFactor: replication ?? -1,
      configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }));
    await admin.call((session) => session.createTopics({ topics, waitForLeaders: false, timeout: 15_000 }));
    await untilLed(admin, topics);
  }
  const differences: TopicDifference[] = [];
  for (const plan of existing) {
    const partitions = (await admin.partitionCount(plan.name)) ?? 0;
    differences.push(...differencesOf(plan, { partitions, configs: await admin.topicConfigs(plan.name) }));
  }
  return {
    created: missing.map(({ name }) => name),
    existing: existing.map(({ name }) => name),
    differences,
  };
}

/** The broker that answers may not have heard of a new topic yet, nor of its leaders. */
async function untilLed(
  admin: KafkaAdmin,
  topics: readonly { readonly topic: string; readonly numPartitions: number }[],
): Promise<void> {
  const look = async () => {
    for (const { topic, numPartitions } of topics) {
      const metadata = await admin.call((session) => session.fetchTopicMetadata({ topics: [topic] }), {
        topic,
      });
      const led = metadata.topics[0]?.partitions.filter(({ leader }) => leader >= 0).length ?? 0;
      if (led < numPartitions) {
        throw new RollcastError('TOPIC_MISSING', {
          topic,
          problem: `${led} of ${numPartitions} partitions are led`,
        });
      }
    }
  };
  await retrying(look, { isFinal: (error) => !isOutage(error), deadlineMs: LED_MS });
}

/** Deletes exactly these topics; those that do not exist are passed over.
 *  @returns the names that were deleted */
export async function deleteTopics(
  client: KafkaClient,
  admin: KafkaAdmin,
  names: readonly string[],
): Promise<string[]> {
  const present = new Set(await admin.topicNames());
  const doomed = names.filter((name) => present.has(name));
  if (doomed.length > 0) {
    const topics = doomed.map((name) => client.names.full(name));
    await admin.call((session) => session.deleteTopics({ topics, timeout: 15_000 }));
  }
  return doomed;
}
