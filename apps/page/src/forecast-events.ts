/** @file Server-sent forecasts, held open. EventSource reconnects by itself after a lost connection, but gives up for
 *  good on a wrong answer (a proxy's 502 while a service restarts): then a new one is opened, with back-off.
 *
 *  Law: until `close()`, the state is the truth about the connection, and it never stays `lost` without a next try. */
import { type Forecast } from '#contracts';
import { type Timers } from './rhythm.js';

export type ConnectionState = 'connecting' | 'live' | 'reconnecting';

/** The part of EventSource that is needed. */
export interface EventSourceLike {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: Event) => void): void;
  close(): void;
}

export interface ForecastListener {
  forecast(forecast: Forecast): void;
  state(state: ConnectionState): void;
}

const CLOSED = 2;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

export class ForecastEvents {
  #source: EventSourceLike | null = null;
  #cancel: () => void = () => {};
  #failures = 0;
  #ended = false;

  constructor(
    private readonly open: () => EventSourceLike,
    private readonly listener: ForecastListener,
    private readonly timers: Timers,
  ) {
    listener.state('connecting');
    this.#connect();
  }

  close(): void {
    this.#ended = true;
    this.#cancel();
    this.#source?.close();
  }

  #connect(): void {
    const source = this.open();
    this.#source = source;
    source.addEventListener('open', () => {
      if (this.#ended) return;
      this.#failures = 0;
      this.listener.state('live');
    });
    source.addEventListener('forecast', (event) => {
      if (!this.#ended) this.listener.forecast(JSON.parse((event as MessageEvent<string>).data) as Forecast);
    });
    source.addEventListener('error', () => {
      if (this.#ended) return;
      this.listener.state('reconnecting');
      if (source.readyState !== CLOSED) return;
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
      this.#failures += 1;
      this.#cancel = this.timers.after(wait, () => {
        this.#connect();
      });
    });
  }
}
