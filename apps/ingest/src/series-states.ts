/** @file The aligned state of every series of one partition, and which of them the log has forgotten.
 *
 *  Law: a series is expired when the partition's time (the greatest record timestamp so far) has passed its last
 *  reading by its stream's `expireAfter`. That is decided when it is next touched, so it does not depend on batches;
 *  the sweep only writes tombstones for those that nobody touches. Its cost is the number of streams plus the number
 *  of expired series: each stream's series are kept in the order of their last reading. */
import { parseSeriesKey, RollcastError } from '#contracts';
import { type SeriesState, stateFromJson, stateToJson } from '#alignment';
import type { StateChange } from '#kafka';

interface Kept {
  /** Time of the partition at its last reading, milliseconds. */
  readonly seen: number;
  readonly state: SeriesState;
}

/** Expired series that one sweep writes tombstones for: a transaction stays small. */
const SWEEP_LIMIT = 1_000;

export class SeriesStates {
  /** Stream -> key -> state; the keys of a stream in the order of `seen`. */
  readonly #streams = new Map<string, Map<string, Kept>>();
  /** Keys touched since the last `takeChanges`, with their stream. */
  readonly #touched = new Map<string, string>();

  /** @param entries the changelog: key of the series -> what `takeChanges` wrote
   *  @throws INTERNAL when an entry cannot be read */
  constructor(entries: ReadonlyMap<string, string>) {
    const kept = [...entries].map(([key, text]) => ({ key, ...decode(key, text) }));
    kept.sort((left, right) => left.seen - right.seen || (left.key < right.key ? -1 : 1));
    for (const { key, stream, seen, state } of kept) this.#of(stream).set(key, { seen, state });
  }

  get size(): number {
    let size = 0;
    for (const series of this.#streams.values()) size += series.size;
    return size;
  }

  /** The state of a series; null: never heard of, or expired by `now`. */
  get(stream: string, key: string, now: number, expireAfter: number): SeriesState | null {
    const kept = this.#streams.get(stream)?.get(key);
    return kept === undefined || isExpired(kept, now, expireAfter) ? null : kept.state;
  }

  /** @param now never less than at any call before */
  set(stream: string, key: string, now: number, state: SeriesState): void {
    const series = this.#of(stream);
    series.delete(key);
    series.set(key, { seen: now, state });
    this.#touched.set(key, stream);
  }

  /** Forgets a series; a tombstone follows. */
  forget(stream: string, key: string): boolean {
    const series = this.#streams.get(stream);
    if (series?.delete(key) !== true) return false;
    if (series.size === 0) this.#streams.delete(stream);
    this.#touched.set(key, stream);
    return true;
  }

  /** Forgets expired series, oldest first; @returns how many. */
  sweep(now: number, expireAfter: (stream: string) => number, limit = SWEEP_LIMIT): number {
    let swept = 0;
    for (const [stream, series] of this.#streams) {
      const after = expireAfter(stream);
      for (const [key, kept] of series) {
        if (swept >= limit) return swept;
        if (!isExpired(kept, now, after)) break;
        this.forget(stream, key);
        swept += 1;
      }
    }
    return swept;
  }

  /** What the changelog must learn: one entry a touched series. */
  takeChanges(): StateChange[] {
    const changes = [...this.#touched].map(([key, stream]) => {
      const kept = this.#streams.get(stream)?.get(key);
      return { key, value: kept === undefined ? null : encode(kept) };
    });
    this.#touched.clear();
    return changes;
  }

  #of(stream: string): Map<string, Kept> {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    const series = new Map<string, Kept>();
    this.#streams.set(stream, series);
    return series;
  }
}

function isExpired(kept: Kept, now: number, expireAfter: number): boolean {
  return now - kept.seen >= expireAfter;
}

function encode({ seen, state }: Kept): string {
  return JSON.stringify({ seen, aligned: stateToJson(state) });
}

function decode(key: string, text: string): Kept & { readonly stream: string } {
  const stream = parseSeriesKey(key)?.stream;
  let json: { readonly seen?: unknown; readonly aligned?: unknown } | null;
  try {
    json = JSON.parse(text) as typeof json;
  } catch (error) {
    throw new RollcastError('INTERNAL', { problem: `the stored state of ${key} is not JSON` }, error);
  }
  if (stream === undefined || !Number.isSafeInteger(json?.seen)) {
    throw new RollcastError('INTERNAL', { problem: `the stored state of ${key} is not one of ours` });
  }
  return { stream, seen: json?.seen as number, state: stateFromJson(json?.aligned) };
}
