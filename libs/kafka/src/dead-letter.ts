/** @file The dead letter of an input record, as it is written.
 *
 *  Law: key, value and headers are the original bytes; what we add is in headers of our own. A letter that would not fit
 *  into a Kafka record (a compressed record may unpack to far more than a broker takes, and our headers come on top) is
 *  cut, and says so: one letter must never block a partition. */
import { deadLetterHeaders } from '#contracts';
import type { InputRecord, OutputRecord } from './partition-task.js';

/** On a dead letter that was cut: the bytes that its value had. */
export const CUT_HEADER = 'rollcast.cut';

/** A value up to this passes whole: half of what a broker takes by default. */
const WHOLE_BYTES = 512 * 1024;
/** What is left of a larger value; also the most that a key, or the headers together, may have. */
const CUT_BYTES = 64 * 1024;

/** @param topic unprefixed */
export function deadLetter(topic: string, record: InputRecord, error: unknown): OutputRecord {
  const whole = (record.value?.length ?? 0) <= WHOLE_BYTES;
  return {
    topic,
    key: record.key === null ? null : record.key.subarray(0, CUT_BYTES),
    value: whole ? record.value : (record.value?.subarray(0, CUT_BYTES) ?? null),
    headers: {
      ...foreignHeaders(record),
      ...deadLetterHeaders(record, error),
      ...(whole ? {} : { [CUT_HEADER]: String(record.value?.length) }),
    },
  };
}

/** The sender's headers, where they leave room for the rest. */
export function foreignHeaders({ headers }: InputRecord): Readonly<Record<string, Buffer>> {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) bytes += name.length + value.length;
  return bytes <= CUT_BYTES ? headers : {};
}
