/** @file The book of a stream's series in one partition: from where in the log each can be rebuilt, when it was heard
 *  last and in which life, and what the changelog must learn of it.
 *
 *  Law: what it says follows from its records and the frames that were entered since, in log order. A rebuild from
 *  `needsFrom` on, of the frames that are `wanted`, gives the state of every series its whole context, and no frame of
 *  an earlier life. Pure: it holds no states and no versions; the memory of a series, which the changelog keeps beside
 *  these facts, is given to it. */
import { durationMs, seriesKey, type StreamDefinition } from '#contracts';
import { longestContext, type SeriesMemory } from '#engine';
import type { StateChange } from '#kafka';
import type { LoggedFrame } from './logged-frame.js';
import { type Mark, markFrame, rebuildFrom } from './rebuild-marks.js';
import { encodeSeries, fingerprintOf, type SeriesRecord } from './series-record.js';

type KeptSeries = Omit<SeriesRecord, 'fingerprint' | 'memory'>;
type Heard = Pick<KeptSeries, 'seen' | 'life'>;
/** @returns null: nothing is remembered of the series */
type MemoryOf = (series: string) => SeriesMemory | null;

export class SeriesBook {
  private readonly fingerprint: string;
  private readonly expireAfter: number;
  private readonly context: number;
  /** In the order of `seen`. */
  private readonly series = new Map<string, KeptSeries>();
  /** Of whom the changelog must learn. */
  private readonly touched = new Set<string>();

  constructor(private readonly definition: StreamDefinition) {
    this.fingerprint = fingerprintOf(definition);
    this.expireAfter = durationMs(definition.expireAfter);
    this.context = longestContext(definition);
  }

  /** Begins with the series that the changelog has; those of another grid are left out, and it is to forget them.
   *  @returns the memories of the others */
  restore(records: ReadonlyMap<string, SeriesRecord>): Map<string, SeriesMemory> {
    const memories = new Map<string, SeriesMemory>();
    const bySeen = [...records].sort(([a, left], [b, right]) => left.seen - right.seen || (a < b ? -1 : 1));
    for (const [series, { fingerprint, memory, ...kept }] of bySeen) {
      if (fingerprint !== this.fingerprint) {
        this.touched.add(series);
        continue;
      }
      this.series.set(series, kept);
      memories.set(series, memory);
    }
    return memories;
  }

  /** Enters a frame that was served.
   *  @param forecastsNext lower bound of the offsets that forecasts written now will get */
  enter(
    { series, gridIndex, offset, now, life }: LoggedFrame,
    hasForecast: boolean,
    forecastsNext: bigint,
  ): void {
    const kept = this.series.get(series);
    this.series.delete(series);
    this.series.set(series, {
      seen: now,
      life,
      frames: markFrame(kept?.frames ?? [], gridIndex, offset, this.context),
      forecasts: markFrame(kept?.forecasts ?? [], gridIndex, forecastsNext, this.definition.horizon + 1),
      latest: hasForecast ? String(forecastsNext) : (kept?.latest ?? null),
    });
    this.touched.add(series);
  }

  /** First offset that a rebuild needs; null: no series. */
  needsFrom(topic: 'frames' | 'forecasts'): bigint | null {
    let low: bigint | null = null;
    for (const kept of this.series.values()) {
      const from = rebuildFrom(kept[topic]);
      if (from !== null && (low === null || from < low)) low = from;
    }
    return low;
  }

  /** Whether the frame at an offset belongs to the state of a living series. Marks reach further back than any forecast
   *  waits (`longestContext` is more than the horizon), and never beyond the beginning of the series' life. */
  isWanted({ series, offset }: Pick<LoggedFrame, 'series' | 'offset'>): boolean {
    return covers(this.series.get(series)?.frames, offset);
  }

  /** `isWanted` as it is now: what is entered or forgotten later does not change what it tells. */
  wanted(): SeriesBook['isWanted'] {
    const marks = new Map([...this.series].map(([series, { frames }]) => [series, frames]));
    return ({ series, offset }) => covers(marks.get(series), offset);
  }

  /** Whether a series has ended before a frame of it, which begins it anew.
   *  @param before the frame of its series before it, where that is not entered yet; none: what the book has */
  isOfAnotherLife({ series, now, life }: LoggedFrame, before?: LoggedFrame): boolean {
    const heard = before === undefined ? this.series.get(series) : heardBy(before);
    if (heard === undefined) return false;
    const isAnother = life !== null && heard.life !== null && life !== heard.life;
    return isAnother || this.isExpired(heard, now);
  }

  forget(series: string): void {
    this.series.delete(series);
    this.touched.add(series);
  }

  /** Forgets every series that was silent for too long; @returns their names. */
  expire(now: number): string[] {
    const expired: string[] = [];
    for (const [series, kept] of this.series) {
      if (!this.isExpired(kept, now)) break;
      expired.push(series);
    }
    return this.forgetThese(expired);
  }

  /** Forgets series whose states cannot be rebuilt any more; @returns their names.
   *  @param low first offset of `frames` that the log still holds */
  forgetLost(low: bigint): string[] {
    const lost = [...this.series].filter(([, { frames }]) => (rebuildFrom(frames) ?? low) < low);
    return this.forgetThese(lost.map(([series]) => series));
  }

  /** @returns the names of what it had */
  forgetAll(): string[] {
    return this.forgetThese([...this.series.keys()]);
  }

  /** Its series as records; none of a series of which nothing is remembered. */
  records(memoryOf: MemoryOf): Map<string, SeriesRecord> {
    const records = new Map<string, SeriesRecord>();
    for (const series of this.series.keys()) {
      const record = this.recordOf(series, memoryOf);
      if (record !== null) records.set(series, record);
    }
    return records;
  }

  /** What the changelog must learn since the last call: records of the living, tombstones of the others. */
  takeChanges(memoryOf: MemoryOf): StateChange[] {
    const { stream } = this.definition;
    const changes = [...this.touched].map((series) => {
      const record = this.recordOf(series, memoryOf);
      return { key: seriesKey(stream, series), value: record === null ? null : encodeSeries(record) };
    });
    this.touched.clear();
    return changes;
  }

  private recordOf(series: string, memoryOf: MemoryOf): SeriesRecord | null {
    const kept = this.series.get(series);
    if (kept === undefined) return null;
    const memory = memoryOf(series);
    return memory === null ? null : { fingerprint: this.fingerprint, memory, ...kept };
  }

  private forgetThese(names: string[]): string[] {
    for (const series of names) this.forget(series);
    return names;
  }

  private isExpired({ seen }: Heard, now: number): boolean {
    return now - seen >= this.expireAfter;
  }
}

function heardBy({ now, life }: LoggedFrame): Heard {
  return { seen: now, life };
}

/** Whether a replay from the oldest mark hands over an offset; never, without a mark. */
function covers(marks: readonly Mark[] | undefined, offset: bigint): boolean {
  const from = rebuildFrom(marks ?? []);
  return from !== null && offset >= from;
}
