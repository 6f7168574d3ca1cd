/** @file The aligned state of every series of one partition, and which of them the log has forgotten.
 *
 *  Law: a series is expired when the partition's time (the greatest record timestamp so far) has passed its last
 *  reading by its stream's `expireAfter`. Whoever touches it asks; `takeExpired` finds those that nobody touches, the
 *  same ones from a restored changelog as from a living process. Its cost is the number of streams plus the number of
 *  expired series: each stream's series are kept in the order of their last reading. */
import { parseSeriesKey, RollcastError } from '#contracts';
import { type SeriesState, stateFromJson, stateToJson } from '#alignment';
import type { StateChange } from '#kafka';

export interface Kept {
  /** Time of the partition at its last reading, milliseconds. */
  readonly seen: number;
  /** The same at its first reading: which of its lives this is (`seriesLife`). */
  readonly begun: number;
  readonly state: SeriesState;
}

export interface KeptSeries extends Kept {
  readonly stream: string;
  readonly key: string;
}

export class SeriesStates {
  /** Stream -> key -> state; the keys of a stream in the order of `seen`. */
  readonly #streams = new Map<string, Map<string, Kept>>();
  /** Keys touched since the last `takeChanges`, with their stream. */
  readonly #touched = new Map<string, string>();

  /** @param entries the changelog: key of the series -> what `takeChanges` wrote
   *  @throws INTERNAL when an entry cannot be read */
  constructor(entries: ReadonlyMap<string, string>) {
    const kept = [...entries].map(([key, text]) => decode(key, text)).sort(byAge);
    for (const { key, stream, ...rest } of kept) this.#of(stream).set(key, rest);
  }

  get size(): number {
    let size = 0;
    for (const series of this.#streams.values()) size += series.size;
    return size;
  }

  /** What is kept of a series, expired or not; null: nothing. */
  get(stream: string, key: string): Kept | null {
    return this.#streams.get(stream)?.get(key) ?? null;
  }

  /** @param now never less than at any call before */
  set(stream: string, key: string, now: number, state: SeriesState): void {
    const series = this.#of(stream);
    const begun = series.get(key)?.begun ?? now;
    series.delete(key);
    series.set(key, { seen: now, begun, state });
    this.#touched.set(key, stream);
  }

  /** Forgets a series that is kept; a tombstone follows. */
  forget(stream: string, key: string): void {
    const series = this.#streams.get(stream);
    if (series?.delete(key) !== true) return;
    if (series.size === 0) this.#streams.delete(stream);
    this.#touched.set(key, stream);
  }

  /** Forgets expired series and hands them over: those with the oldest reading, by key where it is the same one.
   *  @param limit how many at most */
  takeExpired(now: number, expireAfter: (stream: string) => number, limit: number): readonly KeptSeries[] {
    const found: KeptSeries[] = [];
    for (const [stream, series] of this.#streams) {
      const after = expireAfter(stream);
      let [inStream, last] = [0, -Infinity];
      for (const [key, kept] of series) {
        // Those last seen together have no order of their own in here: all of them, or a restart would take others.
        if (!isExpired(kept, now, after) || (inStream >= limit && kept.seen !== last)) break;
        found.push({ stream, key, ...kept });
        [inStream, last] = [inStream + 1, kept.seen];
      }
    }
    const taken = found.sort(byAge).slice(0, limit);
    for (const { stream, key } of taken) this.forget(stream, key);
    return taken;
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

/** Whether the partition's time has passed the last reading of a series by its stream's `expireAfter`. */
export function isExpired({ seen }: Kept, now: number, expireAfter: number): boolean {
  return now - seen >= expireAfter;
}

function byAge(left: KeptSeries, right: KeptSeries): number {
  return left.seen - right.seen || (left.key < right.key ? -1 : 1);
}

function encode({ seen, begun, state }: Kept): string {
  return JSON.stringify({ seen, begun, aligned: stateToJson(state) });
}

function decode(key: string, text: string): KeptSeries {
  const stream = parseSeriesKey(key)?.stream;
  let json: { readonly seen?: unknown; readonly begun?: unknown; readonly aligned?: unknown } | null;
  try {
    json = JSON.parse(text) as typeof json;
  } catch (error) {
    throw new RollcastError('INTERNAL', { problem: `the stored state of ${key} is not JSON` }, error);
  }
  const [seen, begun] = [json?.seen, json?.begun];
  if (stream === undefined || !Number.isSafeInteger(seen) || !Number.isSafeInteger(begun)) {
    throw new RollcastError('INTERNAL', { problem: `the stored state of ${key} is not one of ours` });
  }
  return { stream, key, seen: seen as number, begun: begun as number, state: stateFromJson(json?.aligned) };
}
