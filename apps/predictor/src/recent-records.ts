/** @file The newest records of every series, as bytes: what HTTP answers from. Nothing is parsed until somebody asks.
 *
 *  Law: at most `perSeries` records a series and `inAll` together; beyond that the series that was silent longest is
 *  forgotten first. It follows committed topics, not the partition tasks: so every instance answers for every series. */
import type { InputRecord } from '#kafka';

export class RecentRecords {
  /** Key of the series -> its records, the newest last; in the order of their newest record. */
  private readonly series = new Map<string, Buffer[]>();
  private held = 0;

  constructor(
    private readonly perSeries: number,
    private readonly inAll: number,
  ) {}

  take(records: readonly InputRecord[]): void {
    for (const { key, value } of records) {
      if (key === null || value === null) continue;
      const name = key.toString();
      const kept = this.series.get(name) ?? [];
      this.series.delete(name);
      this.series.set(name, kept);
      kept.push(value);
      if (kept.length > this.perSeries) kept.shift();
      else this.held += 1;
    }
    for (const [name, kept] of this.series) {
      if (this.held <= this.inAll) break;
      this.series.delete(name);
      this.held -= kept.length;
    }
  }

  /** Oldest first; empty for a series that is not known. */
  of(key: string): readonly Buffer[] {
    return this.series.get(key) ?? [];
  }
}
