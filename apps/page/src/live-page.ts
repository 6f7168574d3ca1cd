/** @file The page while it lives: what is chosen, what is known, and who is told of it.
 *
 *  Law: what is on the screen belongs to the chosen series; an answer that comes after another choice is dropped. While
 *  the page is hidden it asks for nothing and holds no connection (browsers allow six to one host). */
import { type ModelsView, type StreamView, type TrainingJobView } from '#contracts';
import { type Choice, choiceOf } from './address.js';
import { type Api, sentenceOf } from './api.js';
import { type Catalog, type CatalogEntry, effectiveChoice, longestSteps, withForecast } from './catalog.js';
import { type ChosenSeries } from './chosen-series.js';
import { type LiveListener } from './live-series.js';
import { type Models } from './models.js';
import { type Notices } from './notices.js';
import { formatBytes, formatCount } from './numbers.js';
import { type PageFrame } from './page-frame.js';
import { Repeater, type Timers } from './rhythm.js';
import { type Picture } from './series-feed.js';
import { type SeriesList } from './series-list.js';
import { readinessSentence } from './status-sentences.js';
import { isOpen, type Training } from './training.js';
import { championOf } from './version-rows.js';

/** Pauses between questions, ms. */
const CATALOG_MS = 3_000;
const OTHER_STREAMS_MS = 15_000;
const JOBS_MS = 4_000;
const RUNNING_JOBS_MS = 1_000;
const MODELS_MS = 5_000;

/** Whom the page asks. */
export type Source = Pick<Api, 'streams' | 'series' | 'trainingJobs' | 'models' | 'train' | 'cancel'>;

/** Whom the page tells. */
export interface Views {
  readonly notices: Pick<Notices, 'set'>;
  readonly list: Pick<SeriesList, 'show'>;
  readonly chosen: Pick<ChosenSeries, 'open' | 'show' | 'about'>;
  readonly training: Pick<Training, 'show' | 'reset'>;
  readonly models: Pick<Models, 'show' | 'reset'>;
  readonly frame: Pick<PageFrame, 'stage' | 'title' | 'connection' | 'running' | 'forecastDrawn'>;
}

/** What a browser has. */
export interface Surface {
  readonly timers: Timers;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** The fragment of the address, which says what is to be chosen. */
  readonly hash: () => string;
  /** How to begin, for somebody who has no series (null: no stream either). */
  readonly guide: (stream: StreamView | null) => HTMLElement;
  /** @returns what closes it */
  readonly open: (stream: string, series: string, listener: LiveListener) => () => void;
}

const NOTHING_SEEN: Picture = { observed: null, forecast: null };

export class LivePage {
  #catalog: Catalog = [];
  #choice: Choice | null = null;
  #closeLive = () => {};
  #picture = NOTHING_SEEN;
  #jobs: TrainingJobView[] = [];
  #modelsView: ModelsView | null = null;
  #staged = '';
  readonly #listedAt = new Map<string, number>();
  readonly #catalogRepeater: Repeater;
  readonly #jobsRepeater: Repeater;
  readonly #modelsRepeater: Repeater;

  constructor(
    private readonly source: Source,
    private readonly views: Views,
    private readonly surface: Surface,
  ) {
    const repeater = (what: string, ask: () => Promise<void>, pauseMs: () => number) =>
      new Repeater(() => this.#asking(what, ask), pauseMs, surface.timers);
    this.#catalogRepeater = repeater(
      'streams and series',
      () => this.#askCatalog(),
      () => CATALOG_MS,
    );
    this.#jobsRepeater = repeater(
      'training jobs',
      () => this.#askJobs(),
      () => (this.#jobs.some(isOpen) ? RUNNING_JOBS_MS : JOBS_MS),
    );
    this.#modelsRepeater = repeater(
      'models',
      () => this.#askModels(),
      () => MODELS_MS,
    );
  }

  /** Asks and listens: somebody is looking. */
  show(): void {
    for (const repeater of this.#repeaters) repeater.start();
    this.#openSeries();
  }

  /** Asks nothing and holds no connection. */
  hide(): void {
    for (const repeater of this.#repeaters) repeater.stop();
    this.#closeSeries();
  }

  /** Asks for a training of the chosen stream.
   *  @throws Problem */
  async train(): Promise<void> {
    if (this.#choice === null) return;
    await this.source.train(this.#choice.stream);
    this.#jobsRepeater.soon();
  }

  /** @throws Problem */
  async cancel(job: string): Promise<void> {
    if (this.#choice === null) return;
    await this.source.cancel(this.#choice.stream, job);
    this.#jobsRepeater.soon();
  }

  /** Follows the address; opens another series where it means another one. */
  choose(): void {
    const next = effectiveChoice(this.#catalog, choiceOf(this.surface.hash()));
    const same = next?.stream === this.#choice?.stream && next?.series === this.#choice?.series;
    const otherStream = next?.stream !== this.#choice?.stream;
    this.#choice = next;
    this.#showStage();
    if (!same) this.#openSeries();
    this.#showList();
    if (otherStream) this.#openStream();
    this.#showAbout();
    this.#showTraining();
  }

  get #repeaters(): Repeater[] {
    return [this.#catalogRepeater, this.#jobsRepeater, this.#modelsRepeater];
  }

  #entryOfChoice(): CatalogEntry | undefined {
    return this.#catalog.find((entry) => entry.stream.definition.stream === this.#choice?.stream);
  }

  #showStage(): void {
    const stream = this.#entryOfChoice()?.stream ?? null;
    const chosenSeries = this.#choice?.series ?? null;
    const stage = stream === null ? 'no-stream' : chosenSeries === null ? 'no-series' : 'series';
    const next = `${stage} ${JSON.stringify(stream?.definition)}`;
    // The guide holds the present time; it is written once, so that somebody copying from it is not disturbed.
    if (next === this.#staged) return;
    this.#staged = next;
    this.views.frame.stage(stage, stage === 'series' ? null : this.surface.guide(stream));
  }

  #openStream(): void {
    this.#jobs = [];
    this.#modelsView = null;
    this.views.training.reset();
    this.views.models.reset();
    this.#jobsRepeater.soon();
    this.#modelsRepeater.soon();
  }

  #openSeries(): void {
    this.#closeSeries();
    const definition = this.#entryOfChoice()?.stream.definition;
    const series = this.#choice?.series ?? null;
    if (definition === undefined || series === null) return;
    this.views.frame.title(`${series} · ${definition.stream}`);
    this.#picture = NOTHING_SEEN;
    this.views.chosen.open(definition, series);
    this.#closeLive = this.surface.open(definition.stream, series, {
      picture: (next) => {
        this.#showPicture(next);
      },
      problem: (sentence) => {
        this.views.notices.set('observed values', sentence);
      },
      connection: (state) => {
        this.views.frame.connection(state);
      },
    });
  }

  #closeSeries(): void {
    this.#closeLive();
    this.#closeLive = () => {};
    this.views.notices.set('observed values', null);
    this.views.frame.connection('idle');
  }

  #showPicture(next: Picture): void {
    const drawn = next.forecast !== null && next.forecast !== this.#picture.forecast;
    const switched = next.forecast?.model.version !== this.#picture.forecast?.model.version;
    this.#picture = next;
    this.views.chosen.show(next);
    if (drawn) this.views.frame.forecastDrawn();
    if (drawn && switched) this.#modelsRepeater.soon();
    this.#showList();
    this.#showAbout();
    this.#showTraining();
  }

  /** The list is asked for every few seconds; of the chosen series its forecast knows more. */
  #showList(): void {
    const { forecast } = this.#picture;
    const newer = (entry: CatalogEntry): CatalogEntry =>
      forecast === null || entry.stream.definition.stream !== forecast.stream
        ? entry
        : {
            ...entry,
            series: entry.series.map((one) =>
              one.series === forecast.series ? withForecast(one, forecast) : one,
            ),
          };
    this.views.list.show(this.#catalog.map(newer), this.#choice);
  }

  #showAbout(): void {
    const entry = this.#entryOfChoice();
    const listed = entry?.series.find(({ series }) => series === this.#choice?.series) ?? null;
    const champion = this.#modelsView === null ? null : championOf(this.#modelsView);
    this.views.chosen.about(listed, champion, entry?.stream.firstForecastAfterFrames ?? 0);
  }

  #showTraining(): void {
    this.views.frame.running(this.#jobs.find((job) => job.state === 'running') ?? null);
    const entry = this.#entryOfChoice();
    if (entry === undefined) return;
    const { stream } = entry;
    // A job that got past its history has shown that a training is possible.
    const possible = this.#jobs.some(({ state }) => state === 'running' || state === 'completed');
    const untrained = this.#modelsView !== null && this.#modelsView.versions.length === 0 && !possible;
    const first = untrained ? `${readinessSentence(longestSteps(entry), stream.trainingNeedsSteps)} ` : '';
    const needs =
      `CMamba first forecasts a series after ${formatCount(stream.firstForecastAfterFrames)} of its frames ` +
      `and keeps ${formatBytes(stream.memoryPerSeriesBytes)} for it.`;
    this.views.training.show(this.#jobs, first + needs);
  }

  /** One question: its failure becomes a notice, its next success takes the notice away. */
  async #asking(what: string, request: () => Promise<void>): Promise<boolean> {
    try {
      await request();
      this.views.notices.set(what, null);
      return true;
    } catch (error) {
      this.views.notices.set(what, sentenceOf(error));
      return false;
    }
  }

  async #askCatalog(): Promise<void> {
    const streams = await this.source.streams();
    const now = this.surface.now();
    this.#catalog = await Promise.all(
      streams.map(async (stream): Promise<CatalogEntry> => {
        const name = stream.definition.stream;
        const before = this.#catalog.find((entry) => entry.stream.definition.stream === name);
        const fresh = now - (this.#listedAt.get(name) ?? -Infinity) < OTHER_STREAMS_MS;
        if (before !== undefined && before.series.length > 0 && fresh && name !== this.#choice?.stream) {
          return { stream, series: before.series };
        }
        const series = await this.source.series(name);
        this.#listedAt.set(name, now);
        return { stream, series };
      }),
    );
    this.choose();
  }

  async #askJobs(): Promise<void> {
    const asked = this.#choice?.stream;
    if (asked === undefined) return;
    const answer = await this.source.trainingJobs(asked);
    if (asked !== this.#choice?.stream) return;
    const ended = this.#jobs.some(isOpen) && !answer.some(isOpen);
    this.#jobs = answer;
    if (ended) this.#modelsRepeater.soon();
    this.#showTraining();
  }

  async #askModels(): Promise<void> {
    const asked = this.#choice?.stream;
    if (asked === undefined) return;
    const answer = await this.source.models(asked);
    if (asked !== this.#choice?.stream) return;
    this.#modelsView = answer;
    this.views.models.show(answer);
    this.#showTraining();
    this.#showAbout();
  }
}
