/** @file Readings that came in by HTTP, item by item: what goes to the topic, and what is refused at the door.
 *
 *  Law: accepted + rejected = items, and an accepted item becomes exactly one record of `readings`. The door asks for
 *  shape only; ranges, times and channels are judged by the task, for every way in alike. */
import { MAX_READING_BYTES, type PublishedView, RollcastError } from '#contracts';
import type { OutputRecord } from '#kafka';
import { readReading } from './parse-reading.js';

/** Items of one request. */
export const MAX_ITEMS = 10_000;

export interface SortedItems {
  readonly records: readonly OutputRecord[];
  readonly answer: PublishedView;
}

/** Sorts the items of a request body.
 *  @throws INVALID_REQUEST when the body is no list, or too long a one */
export function sortItems(stream: string, body: unknown): SortedItems {
  if (!Array.isArray(body)) {
    throw new RollcastError('INVALID_REQUEST', { problem: 'send a JSON array of readings' });
  }
  if (body.length > MAX_ITEMS) {
    const problem = `send at most ${MAX_ITEMS} readings at once, not ${body.length}`;
    throw new RollcastError('INVALID_REQUEST', { problem });
  }
  const records: OutputRecord[] = [];
  const rejected: PublishedView['rejected'] = [];
  body.forEach((item: unknown, index) => {
    try {
      records.push(toRecord(stream, item));
    } catch (error) {
      if (!(error instanceof RollcastError)) throw error;
      rejected.push({ index, code: error.code, message: error.message });
    }
  });
  return { records, answer: { accepted: records.length, rejected } };
}

/** 202: all accepted (or nothing sent); 207: some; 400: none. */
export function statusOf({ accepted, rejected }: PublishedView): 202 | 207 | 400 {
  if (rejected.length === 0) return 202;
  return accepted > 0 ? 207 : 400;
}

/** @throws WRONG_TYPE, NOT_FINITE, TOO_LARGE */
function toRecord(stream: string, item: unknown): OutputRecord {
  // Before its values are looked at one by one: a request may be one item of a million of them.
  refuseLarge(JSON.stringify(item));
  const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
  // Of the path, unless the item says something itself: then the two must agree.
  const reading = readReading(isObject ? { stream, ...item } : item);
  if (reading.stream !== stream) {
    const problem = `"${reading.stream}" is not the stream of the path, "${stream}"`;
    throw new RollcastError('WRONG_TYPE', { field: 'stream', problem });
  }
  for (const [channel, value] of Object.entries(reading.values)) {
    // JSON has no word for it: it would arrive in Kafka as null.
    if (value !== null && !Number.isFinite(value)) {
      throw new RollcastError('NOT_FINITE', { channel, value: String(value) });
    }
  }
  const { series, values } = reading;
  const { time } = item as { readonly time: string | number };
  const value = JSON.stringify({ stream, series, time, values });
  refuseLarge(value);
  return { topic: 'readings', key: reading.key, value };
}

/** @throws TOO_LARGE */
function refuseLarge(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_READING_BYTES) throw new RollcastError('TOO_LARGE', { bytes, limit: MAX_READING_BYTES });
}
