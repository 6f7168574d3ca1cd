/** @file Everything that is known of the chosen series: what was observed and the newest forecast, kept as one picture.
 *
 *  Law: while /recent answers, a forecast is shown only with the observed values up to its origin. Forecasts may come
 *  faster than /recent is asked (once a second at most), so a newer one waits until the values reach it. */
import { type Forecast, type RecentView } from '#contracts';
import { Problem, sentenceOf } from './api.js';
import { reaches } from './plot-columns.js';
import { atMostEvery, type Timers } from './rhythm.js';

const REDRAW_MS = 250;
const TOP_UP_MS = 1_000;

export interface Picture {
  readonly observed: RecentView | null;
  readonly forecast: Forecast | null;
}

/** The two requests that a feed makes. */
export interface FeedSource {
  recent(): Promise<RecentView>;
  forecast(): Promise<Forecast>;
}

export interface FeedListener {
  /** At most four times a second. */
  picture(picture: Picture): void;
  /** What went wrong with a request; null: nothing any more. */
  problem(sentence: string | null): void;
}

export class SeriesFeed {
  #observed: RecentView | null = null;
  #newest: Forecast | null = null;
  #shown: Forecast | null = null;
  #asking = false;
  #askAgain = false;
  #ended = false;
  readonly #redraw: () => void;
  readonly #topUp: () => void;

  constructor(
    private readonly source: FeedSource,
    private readonly listener: FeedListener,
    timers: Timers,
  ) {
    this.#redraw = atMostEvery(REDRAW_MS, () => this.#draw(), timers);
    this.#topUp = atMostEvery(TOP_UP_MS, () => void this.#ask(), timers);
  }

  /** Asks for everything: at the beginning, and after a lost connection. */
  async refresh(): Promise<void> {
    await Promise.all([
      this.#try(async () => {
        this.take(await this.source.forecast());
      }),
      this.#ask(),
    ]);
  }

  /** A forecast has come. An older one than we have is not news (a reconnect may repeat it). */
  take(forecast: Forecast): void {
    if (this.#ended) return;
    if (this.#newest !== null && Date.parse(forecast.origin) < Date.parse(this.#newest.origin)) return;
    this.#newest = forecast;
    if (reaches(this.#observed, forecast)) this.#redraw();
    else this.#topUp();
  }

  end(): void {
    this.#ended = true;
  }

  async #ask(): Promise<void> {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    // Known before the question was asked, so the answer reaches it, even when a newer one comes meanwhile.
    const known = this.#newest;
    await this.#try(async () => {
      this.#observed = await this.source.recent();
    });
    this.#asking = false;
    // Also after a failure, which is said beside it: a forecast without its values is better than an old one.
    this.#shown = known ?? this.#shown;
    this.#redraw();
    if (this.#askAgain && !this.#ended) {
      this.#askAgain = false;
      this.#topUp();
    }
  }

  #draw(): void {
    if (this.#ended) return;
    const newest = this.#newest;
    if (newest !== null && (this.#shown === null || reaches(this.#observed, newest))) this.#shown = newest;
    this.listener.picture({ observed: this.#observed, forecast: this.#shown });
  }

  async #try(request: () => Promise<void>): Promise<void> {
    try {
      await request();
      if (!this.#ended) this.listener.problem(null);
    } catch (error) {
      // A series without a forecast yet is a state, not a failure.
      if (error instanceof Problem && error.status === 404) return;
      if (!this.#ended) this.listener.problem(sentenceOf(error));
    }
  }
}
