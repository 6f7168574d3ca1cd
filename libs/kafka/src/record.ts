/** @file A record of kafkajs as one of ours.
 *
 *  Law: nothing of the fetch response is kept: kafkajs hands out slices, and one kept slice pins megabytes. */
import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { InputRecord } from './partition-task.js';

type HeaderValue = IHeaders[string];

function copyHeader(value: HeaderValue): Buffer {
  // A repeated header arrives as a list; the last one counts, as for Kafka's own `lastHeader`.
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined ? Buffer.alloc(0) : Buffer.from(last as Buffer);
}

/** Copies a fetched record out of its response. `topic` is the unprefixed name. */
export function copyRecord(topic: string, partition: number, message: KafkaMessage): InputRecord {
  const headers: Record<string, Buffer> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) headers[name] = copyHeader(value);
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key === null ? null : Buffer.from(message.key),
    value: message.value === null ? null : Buffer.from(message.value),
    headers,
  };
}

/** Bytes that a record holds in memory, roughly. */
export const recordBytes = (record: InputRecord): number =>
  (record.key?.length ?? 0) + (record.value?.length ?? 0) + 200;

/** Offset behind the whole record batch that this record arrived in: a tail removed by compaction included.
 *  kafkajs would otherwise ask for the removed offsets again, one by one. */
export function endOfRecordBatch(message: KafkaMessage): bigint {
  const context = (message as { batchContext?: { firstOffset?: string; lastOffsetDelta?: number } })
    .batchContext;
  const last = BigInt(message.offset);
  if (context?.firstOffset === undefined || context.lastOffsetDelta === undefined) return last + 1n;
  const end = BigInt(context.firstOffset) + BigInt(context.lastOffsetDelta);
  return (end > last ? end : last) + 1n;
}
