/** @file Output records as kafkajs wants them in one send: grouped by topic under full names, order kept. */
import type { Message, TopicMessages } from 'kafkajs';
import type { PlacedRecord } from './split-sends.js';
import type { TopicNames } from './topic-names.js';

/** The records of one send. */
export function topicMessages(records: readonly PlacedRecord[], names: TopicNames): TopicMessages[] {
  const byTopic = new Map<string, Message[]>();
  for (const { topic, partition, key, value, headers } of records) {
    const full = names.full(topic);
    const messages = byTopic.get(full) ?? [];
    messages.push({ partition, key, value, ...(headers === undefined ? {} : { headers: { ...headers } }) });
    byTopic.set(full, messages);
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}
