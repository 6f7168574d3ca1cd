/** @file What ingest passes on beside frames and dead letters: readings that go to their home partition, and what is
 *  left of readings that no frame will hold.
 *
 *  Law: a forwarded reading keeps its original bytes; what we add is in headers of our own. */
import type { TimedReading } from '#alignment';
import { deadLetterHeaders, formatTime, readingTimeHeader, RollcastError, seriesKey } from '#contracts';
import { foreignHeaders, type InputRecord, type OutputRecord } from '#kafka';

/** Where a forwarded reading was first: `topic/partition/offset`. */
export const FORWARDED_HEADER = 'rollcast.forwarded';
/** The partition that it was forwarded to, and of how many: `3/12`. */
export const HOME_HEADER = 'rollcast.home';
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
