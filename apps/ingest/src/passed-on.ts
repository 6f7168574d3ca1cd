/** @file Records that ingest passes on as they came: dead letters, and readings that go to their home partition.
 *
 *  Law: key, value and headers are the original bytes; what we add is in headers of our own. (One kind of letter has
 *  no bytes left, `keptReading`.) A dead letter that
 *  would not fit into a Kafka record (a compressed record may unpack to far more than a broker takes) is cut, and
 *  says so: one letter must never block a partition. */
import type { TimedReading } from '#alignment';
import { deadLetterHeaders, formatTime, readingTimeHeader, RollcastError, seriesKey } from '#contracts';
import type { InputRecord, OutputRecord } from '#kafka';

/** Where a forwarded reading was first: `topic/partition/offset`. */
export const FORWARDED_HEADER = 'rollcast.forwarded';
/** The partition that it was forwarded to, and of how many: `3/12`. */
export const HOME_HEADER = 'rollcast.home';
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
export function forwarded(record: InputRecord, key: string, home: number, partitions: number): OutputRecord {
  return {
    topic: record.topic,
    partition: home,
    key,
    value: record.value,
    headers: {
      ...foreignHeaders(record),
      ...readingTimeHeader(record),
      [FORWARDED_HEADER]: `${record.topic}/${record.partition}/${record.offset}`,
      [HOME_HEADER]: `${home}/${partitions}`,
    },
  };
}

/** Whether this record was forwarded to where it lies. Copies keep headers (of another cluster's readings, of a dead
 *  letter that is sent again): one that names another partition, or another number of them, says nothing here. */
export function wasForwardedHere(record: InputRecord, partitions: number): boolean {
  return record.headers[HOME_HEADER]?.toString() === `${record.partition}/${partitions}`;
}

/** What a state holds of a reading. */
export interface KeptReading extends TimedReading {
  readonly stream: string;
  readonly series: string;
}

/** The dead letter of a reading that had been taken in, and that no frame will hold. It is written anew from what
 *  was kept.
 *  @param record the one at which that was found */
export function keptReading(
  record: InputRecord,
  { stream, series, time, values }: KeptReading,
): OutputRecord {
  return {
    topic: 'readings.dead',
    key: seriesKey(stream, series),
    value: JSON.stringify({ stream, series, time: formatTime(time), values }),
    headers: deadLetterHeaders(record, new RollcastError('STREAM_GONE', { stream })),
  };
}

/** The sender's headers, where they leave room for the rest. */
function foreignHeaders(record: InputRecord): Readonly<Record<string, Buffer>> {
  let bytes = 0;
  for (const [name, value] of Object.entries(record.headers)) bytes += name.length + value.length;
  return bytes <= CUT_BYTES ? record.headers : {};
}
