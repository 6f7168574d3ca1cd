/** @file The topics of `libs/contracts` as something to create: the table with a partition count filled in. */
import { TOPICS } from '#contracts';
import { applyTopics, type TopicPlan } from '#kafka';
import type { KafkaAccess } from './kafka-access.js';

export interface TopicWishes {
  /** Of the pipeline's topics: the most processes that can share the work. */
  readonly partitions: number;
  /** Copies of each partition; left out: the cluster's default. */
  readonly replication?: number;
}

/** Enough for three machines, few enough for a laptop's broker. */
export const DEFAULT_PARTITIONS = 6;

export function topicPlans({ partitions, replication }: TopicWishes): TopicPlan[] {
  return TOPICS.map((topic) => ({
    name: topic.name,
    partitions: topic.partitions === 'pipeline' ? partitions : topic.partitions,
    configs: topic.configs,
    ...(replication !== undefined && { replication }),
  }));
}

/** Creates the topics that services need, for commands that bring their own servers.
 *  @returns how many were created */
export async function prepareTopics({ client, admin }: KafkaAccess, partitions: number): Promise<number> {
  return (await applyTopics(client, admin, topicPlans({ partitions }))).created.length;
}
