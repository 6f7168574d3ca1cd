/** @file Records that ingest passes on as they came: dead letters, and readings that go to their home partition.
 *
 *  Law: key, value and headers are the original bytes; what we add is in headers of our own. A dead letter that
 *  would not fit into a Kafka record (a compressed record may unpack to far more than a broker takes) is cut, and
 *  says so: one letter must never block a partition. */
import { deadLetterHeaders } from '#contracts';
import type { InputRecord, OutputRecord } from '#kafka';

/** Where a forwarded reading was first: `topic/partition/offset`. */
export const FORWARDED_HEADER = 'rollcast.forwarded';
/** On a dead letter that was cut: the bytes that its value had. */
export const CUT_HEADER = 'rollcast.cut';

/** A value up to this passes whole: half of what a broker takes by default. */
const WHOLE_BYTES = 512 * 1024;
/** What is left of a larger value; also the most that a key, or the headers together, may have. */
const CUT_BYTES = 64 * 1024;

/** The dead letter of a record. */
export function deadLetter(record: InputRecord, error: unknown): OutputRecord {
  const whole = (record.value?.length ?? 0) <= WHOLE_BYTES;
  return {
    topic: 'readings.dead',
    key: record.key === null ? null : record.key.subarray(0, CUT_BYTES),
    value: whole ? record.value : (record.value?.subarray(0, CUT_BYTES) ?? null),
    headers: {
      ...foreignHeaders(record),
      ...deadLetterHeaders(record, error),
      ...(whole ? {} : { [CUT_HEADER]: String(record.value?.length) }),
    },
  };
}

/** The reading once more, in its home partition. */
export function forwarded(record: InputRecord, key: string, home: number): OutputRecord {
  return {
    topic: record.topic,
    partition: home,
    key,
    value: record.value,
    headers: {
      ...foreignHeaders(record),
      [FORWARDED_HEADER]: `${record.topic}/${record.partition}/${record.offset}`,
    },
  };
}

/** Where a record was forwarded from; null: it came from outside. */
export function forwardedFrom(record: InputRecord): string | null {
  return record.headers[FORWARDED_HEADER]?.toString() ?? null;
}

/** The sender's headers, where they leave room for the rest. */
function foreignHeaders(record: InputRecord): Readonly<Record<string, Buffer>> {
  let bytes = 0;
  for (const [name, value] of Object.entries(record.headers)) bytes += name.length + value.length;
  return bytes <= CUT_BYTES ? record.headers : {};
}
