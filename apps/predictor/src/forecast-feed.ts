/** @file Forecasts as they are committed, to whoever listens: server-sent events.
 *
 *  Law: a listener that does not keep up loses the oldest forecasts, not the service its memory; each listener has a
 *  buffer of its own, of so many events. A silent stream is kept open by a comment now and then. */
import type { InputRecord } from '#kafka';
import { parseSeriesKey } from '#contracts';

/** What is asked for; left out: all. */
export interface FeedFilter {
  readonly stream?: string;
  readonly series?: string;
}

/** Where events go: an HTTP answer, or a test. */
export interface EventSink {
  /** @returns false: the reader is behind, and `drained` will be told when it has caught up */
  write(text: string): boolean;
  onDrained(listener: () => void): void;
}

const MOST_WAITING = 200;

export class ForecastFeed {
  private readonly listeners = new Set<Listener>();

  take(records: readonly InputRecord[]): void {
    if (this.listeners.size === 0) return;
    for (const { key, value } of records) {
      const name = parseSeriesKey(key?.toString() ?? '');
      if (name === null || value === null) continue;
      for (const listener of this.listeners) listener.offer(name, value);
    }
  }

  /** @returns ends it */
  listen(filter: FeedFilter, sink: EventSink): () => void {
    const listener = new Listener(filter, sink);
    this.listeners.add(listener);
    // The first bytes tell the browser that it is connected.
    sink.write(': forecasts\n\n');
    return () => this.listeners.delete(listener);
  }

  /** Says to every listener that the connection lives. */
  beat(): void {
    for (const listener of this.listeners) listener.beat();
  }

  get size(): number {
    return this.listeners.size;
  }
}

class Listener {
  private readonly waiting: string[] = [];
  private behind = false;

  constructor(
    private readonly filter: FeedFilter,
    private readonly sink: EventSink,
  ) {
    sink.onDrained(() => this.drain());
  }

  offer(name: { readonly stream: string; readonly series: string }, value: Buffer): void {
    const { stream, series } = this.filter;
    if (stream !== undefined && stream !== name.stream) return;
    if (series !== undefined && series !== name.series) return;
    this.waiting.push(`event: forecast\ndata: ${value.toString()}\n\n`);
    if (this.waiting.length > MOST_WAITING) this.waiting.shift();
    if (!this.behind) this.drain();
  }

  beat(): void {
    if (!this.behind) this.behind = !this.sink.write(': \n\n');
  }

  private drain(): void {
    this.behind = false;
    while (this.waiting.length > 0 && !this.behind) {
      this.behind = !this.sink.write(this.waiting.shift() as string);
    }
  }
}
