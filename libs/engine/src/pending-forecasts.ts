/** @file Forecasts of one series that wait for their truth: at the judged leads only, one small map a lead.
 *
 *  Law: what is kept is what was published, rounded; so a judgement is the same whether the forecast was just made or
 *  read back from the log. An entry lives until its truth's step has passed, and is not taken in behind it; so there
 *  are never more than `lead` of them a lead, however many frames are replayed. */

/** What one origin said about one lead; one number a channel. */
export interface PendingForecast {
  readonly version: string;
  readonly point: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

interface Entry {
  forecast: PendingForecast | null;
  /** Seasonal naive of the same origin and lead, the yardstick of the skill. */
  naive: readonly number[] | null;
}

/** What waited for a truth at one lead. */
export type Awaited = Readonly<Entry>;
const NOTHING: Awaited = { forecast: null, naive: null };

export class PendingForecasts {
  /** Per lead: origin -> entry, the oldest origin first. */
  private readonly byLead: readonly Map<number, Entry>[];
  /** The last grid step whose truth was taken. */
  private passed = -Infinity;

  constructor(private readonly leads: readonly number[]) {
    this.byLead = leads.map(() => new Map());
  }

  /** @param at gives the entry of a lead (by its index and in steps) */
  addForecast(origin: number, at: (leadIndex: number, lead: number) => PendingForecast): void {
    this.await(origin, (entry, index, lead) => (entry.forecast = at(index, lead)));
  }

  addNaive(origin: number, at: (leadIndex: number, lead: number) => readonly number[]): void {
    this.await(origin, (entry, index, lead) => (entry.naive = at(index, lead)));
  }

  /** What was said about grid step `gridIndex`, one entry a lead; it and all that waited for earlier steps is gone. */
  take(gridIndex: number): readonly Awaited[] {
    this.passed = Math.max(this.passed, gridIndex);
    return this.leads.map((lead, index) => {
      const entries = this.byLead[index] as Map<number, Entry>;
      const due = gridIndex - lead;
      const found = entries.get(due) ?? NOTHING;
      for (const origin of entries.keys()) {
        if (origin <= due) entries.delete(origin);
      }
      return found;
    });
  }

  /** How many entries wait, over all leads. */
  get size(): number {
    return this.byLead.reduce((size, entries) => size + entries.size, 0);
  }

  clear(): void {
    for (const entries of this.byLead) entries.clear();
  }

  private await(origin: number, put: (entry: Entry, leadIndex: number, lead: number) => void): void {
    this.leads.forEach((lead, index) => {
      if (origin + lead > this.passed) put(this.entry(index, origin), index, lead);
    });
  }

  private entry(leadIndex: number, origin: number): Entry {
    const entries = this.byLead[leadIndex] as Map<number, Entry>;
    let entry = entries.get(origin);
    if (entry === undefined) {
      entry = { forecast: null, naive: null };
      entries.set(origin, entry);
    }
    return entry;
  }
}
