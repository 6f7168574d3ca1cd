/** @file Cuts what one transaction writes into sends that the broker takes.
 *
 *  One send is one record batch a partition, and a record batch above `max.message.bytes` is refused for good.
 *
 *  Law: the order of records within a topic partition is kept; every record is in exactly one send; no record
 *  batch exceeds the limit, except one of a single record that does so alone (see `firstOversized`). */
import type { OutputRecord } from './partition-task.js';

/** An output whose partition is known. */
export type PlacedRecord = OutputRecord & { readonly partition: number };

/** Bytes of a record batch's header, and an upper bound of what a record costs beside its parts. */
const BATCH_BYTES = 61;
const RECORD_BYTES = 32;

const bytesOf = (part: string | Buffer | null): number => (part === null ? 0 : Buffer.byteLength(part));

/** Upper bound of a record's size on the wire, uncompressed. */
export function sizeOf(record: OutputRecord): number {
  let size = RECORD_BYTES + bytesOf(record.key) + bytesOf(record.value);
  for (const [name, value] of Object.entries(record.headers ?? {})) {
    size += 10 + Buffer.byteLength(name) + bytesOf(value);
  }
  return size;
}

/** The first record that no send can carry; undefined when all fit. */
export function firstOversized(
  records: readonly OutputRecord[],
  limitOf: (topic: string) => number,
): OutputRecord | undefined {
  return records.find((record) => BATCH_BYTES + sizeOf(record) > limitOf(record.topic));
}

/** Sends in order; each holds at most one record batch a topic partition. Records without a partition go `home`. */
export function splitSends(
  records: readonly OutputRecord[],
  home: number,
  limitOf: (topic: string) => number,
): PlacedRecord[][] {
  const sends: PlacedRecord[][] = [];
  const cursor = new Map<string, { send: number; bytes: number }>();
  for (const output of records) {
    const record = { ...output, partition: output.partition ?? home };
    const place = `${record.topic}/${record.partition}`;
    const size = sizeOf(record);
    const at = cursor.get(place) ?? { send: 0, bytes: BATCH_BYTES };
    const fits = at.bytes === BATCH_BYTES || at.bytes + size <= limitOf(record.topic);
    const next = fits
      ? { send: at.send, bytes: at.bytes + size }
      : { send: at.send + 1, bytes: BATCH_BYTES + size };
    cursor.set(place, next);
    (sends[next.send] ??= []).push(record);
  }
  return sends;
}
