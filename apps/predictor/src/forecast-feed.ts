/** @file Forecasts as they are committed, to whoever listens: server-sent events.
 *
 *  Law: a listener that does not keep up loses the oldest forecasts, not the service its memory: each has a buffer of its
 *  own, of so many bytes (or one forecast that is larger), and there are only so many listeners. A silent stream is kept
 *  open by a comment now and then. */
import { parseSeriesKey, RollcastError } from '#contracts';
import type { InputRecord } from '#kafka';

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

/** What a feed may take of the memory. */
export interface FeedLimits {
  /** That wait for one listener. */
  readonly bytes: number;
  readonly listeners: number;
}

/** Half a gigabyte, if nobody at all reads. */
const LIMITS: FeedLimits = { bytes: 2 << 20, listeners: 256 };

export class ForecastFeed {
  private readonly listeners = new Set<Listener>();

  constructor(private readonly limits: FeedLimits = LIMITS) {}

  take(records: readonly InputRecord[]): void {
    if (this.listeners.size === 0) return;
    for (const { key, value } of records) {
      const name = parseSeriesKey(key?.toString() ?? '');
      if (name === null || value === null) continue;
      for (const listener of this.listeners) listener.offer(name, value);
    }
  }

  /** @throws TOO_MANY_LISTENERS */
  refuseWhenFull(): void {
    const { listeners } = this.limits;
    if (this.listeners.size >= listeners) throw new RollcastError('TOO_MANY_LISTENERS', { limit: listeners });
  }

  /** @returns ends it
   *  @throws TOO_MANY_LISTENERS */
  listen(filter: FeedFilter, sink: EventSink): () => void {
    this.refuseWhenFull();
    const listener = new Listener(filter, sink, this.limits.bytes);
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
  private readonly waiting: Buffer[] = [];
  private bytes = 0;
  private behind = false;

  constructor(
    private readonly filter: FeedFilter,
    private readonly sink: EventSink,
    private readonly mostBytes: number,
  ) {
    sink.onDrained(() => this.drain());
  }

  offer(name: { readonly stream: string; readonly series: string }, value: Buffer): void {
    const { stream, series } = this.filter;
    if (stream !== undefined && stream !== name.stream) return;
    if (series !== undefined && series !== name.series) return;
    this.waiting.push(value);
    this.bytes += value.length;
    while (this.bytes > this.mostBytes && this.waiting.length > 1) this.next();
    if (!this.behind) this.drain();
  }

  beat(): void {
    if (!this.behind) this.behind = !this.sink.write(': \n\n');
  }

  private drain(): void {
    this.behind = false;
    while (this.waiting.length > 0 && !this.behind) {
      this.behind = !this.sink.write(`event: forecast\ndata: ${this.next().toString()}\n\n`);
    }
  }

  private next(): Buffer {
    const value = this.waiting.shift() as Buffer;
    this.bytes -= value.length;
    return value;
  }
}
