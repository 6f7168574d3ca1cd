/** @file When the reading came in that a frame or a forecast is due to: a header that goes along from topic to topic, so
 *  that anybody can say how long a forecast took.
 *
 *  Law: it is Kafka's time of the reading's record, where it first came in. It is in no payload and decides nothing. */

/** On frames, on forecasts, and on readings that were forwarded: milliseconds since 1970, as text. */
export const READING_TIME_HEADER = 'rollcast.reading-time';

interface TimedRecord {
  /** Milliseconds. */
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, { toString(): string }>>;
}

/** @returns milliseconds; the record's own time where it does not say another */
export function readingTime({ timestamp, headers }: TimedRecord): number {
  const said = Number(headers[READING_TIME_HEADER]?.toString());
  return Number.isSafeInteger(said) && said > 0 ? said : timestamp;
}

/** The header of a record that is due to this one. */
export function readingTimeHeader(record: TimedRecord): Readonly<Record<string, string>> {
  return { [READING_TIME_HEADER]: String(readingTime(record)) };
}
