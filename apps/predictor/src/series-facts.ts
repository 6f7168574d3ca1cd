/** @file The few numbers that people are told of a series, out of its changelog record of many.
 *
 *  Law: an instance that knows every series by heart holds these, not the records: a record is kilobytes, and written
 *  anew with every frame. */
import { createHash } from 'node:crypto';
import { RollcastError } from '#contracts';
import type { InputRecord } from '#kafka';
import { decodeSeries } from './series-record.js';

export interface SeriesFacts {
  /** Grid indices of the first and the newest frame. */
  readonly first: number;
  readonly last: number;
  readonly partition: number;
  /** At or before its latest forecast in `forecasts`; null: it has none. */
  readonly forecastFrom: string | null;
  /** Which grid and channels its indices are of: `gridMark`. */
  readonly grid: string;
}

/** A definition's fingerprint in a few letters: one is held a series. */
export function gridMark(fingerprint: string): string {
  return createHash('sha256').update(fingerprint).digest('base64url').slice(0, 8);
}

/** What is held of a record of `predictor.state`. Records of the runner's own (positions, fences) say nothing.
 *  @throws INTERNAL for a series' record that is none of ours */
export function digestOf({
  key,
  value,
  partition,
}: Pick<InputRecord, 'key' | 'value' | 'partition'>): Buffer {
  const name = key?.toString() ?? '';
  if (value === null || !name.includes('/')) return Buffer.alloc(0);
  const { fingerprint, memory, latest } = decodeSeries(name, value.toString());
  const facts: SeriesFacts = {
    first: memory.first,
    last: memory.last,
    partition,
    forecastFrom: latest,
    grid: gridMark(fingerprint),
  };
  return Buffer.from(JSON.stringify(facts));
}

/** @throws INTERNAL for bytes that are no digest of a series */
export function factsOf(digest: Buffer): SeriesFacts {
  if (digest.length === 0) throw new RollcastError('INTERNAL', { problem: 'no digest of a series' });
  return JSON.parse(digest.toString()) as SeriesFacts;
}

/** From where in each partition of `forecasts` the latest forecast of every series is found. */
export function latestForecastsFrom(digests: Iterable<Buffer>): Map<number, bigint> {
  const starts = new Map<number, bigint>();
  for (const digest of digests) {
    if (digest.length === 0) continue;
    const { partition, forecastFrom } = factsOf(digest);
    if (forecastFrom === null) continue;
    const from = BigInt(forecastFrom);
    const before = starts.get(partition);
    if (before === undefined || from < before) starts.set(partition, from);
  }
  return starts;
}
