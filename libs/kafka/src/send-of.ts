/** @file Output records as kafkajs wants them in one send: grouped by topic under full names, order kept.
 *
 *  Law: whatever we write is compressed here, by the codec of our topics (`libs/contracts`): a broker that has to do it
 *  holds up every write, while Node does it beside the event loop. */
import type { Message, ProducerBatch } from 'kafkajs';
import { kafkajs } from './kafkajs.js';
import type { PlacedRecord } from './split-sends.js';
import type { TopicNames } from './topic-names.js';

/** One send of these records, acknowledged by all in-sync replicas. */
export function sendOf(records: readonly PlacedRecord[], names: TopicNames): ProducerBatch {
  const byTopic = new Map<string, Message[]>();
  for (const { topic, partition, key, value, headers } of records) {
    const full = names.full(topic);
    const messages = byTopic.get(full) ?? [];
    byTopic.set(full, messages);
    messages.push({ partition, key, value, ...(headers === undefined ? {} : { headers: { ...headers } }) });
  }
  return {
    acks: -1,
    compression: kafkajs.CompressionTypes.GZIP,
    topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })),
  };
}
