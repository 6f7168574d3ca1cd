/** @file The chosen series: which model answers, what it still waits for, and a card for each channel. */
import { type SeriesView, type StreamView } from '#contracts';
import { ChannelCard } from './channel-card.js';
import { ForecastTable } from './forecast-table.js';
import { element, setShown, setText } from './elements.js';
import { kindLabel } from './model-names.js';
import { type Picture } from './series-feed.js';
import { waitOf, waitSentence } from './status-sentences.js';
import { fullTime } from './time.js';

type Definition = StreamView['definition'];

export class ChosenSeries {
  readonly node: HTMLElement;
  readonly #stream = element('p', { class: 'stream' });
  readonly #heading = element('h2', { 'data-testid': 'series-name' });
  readonly #model = element('dd', { 'data-testid': 'model-kind' });
  readonly #version = element('dd', { class: 'code', 'data-testid': 'model-version' });
  readonly #origin = element('dd', { 'data-testid': 'origin' });
  readonly #ahead = element('dd', { class: 'about' });
  readonly #warming = element('div', { class: 'warming', 'data-testid': 'warming-up' });
  readonly #warmingText = element('p');
  readonly #warmingBar = element('progress', {
    'aria-label': 'Frames until the first forecast of the trained model',
  });
  readonly #waiting = element('p', { class: 'waiting', role: 'status' });
  readonly #grid = element('div', { class: 'grid' });
  readonly #all = element('input', { type: 'checkbox', id: 'all-history' });
  readonly #table = new ForecastTable();
  #cards: ChannelCard[] = [];
  #channels = '';
  #definition: Definition | null = null;
  /** Null: nothing was answered yet. */
  #picture: Picture | null = null;

  constructor() {
    this.#warming.append(this.#warmingText, this.#warmingBar);
    const fact = (term: string, ...values: HTMLElement[]) =>
      element('div', {}, element('dt', {}, term), ...values);
    const key = (name: string, label: string) =>
      element('li', {}, element('span', { class: `key ${name}`, 'aria-hidden': 'true' }), label);
    this.node = element(
      'section',
      { class: 'chosen', 'aria-label': 'Chosen series', 'data-testid': 'chosen-series' },
      element(
        'header',
        { class: 'chosen-head' },
        element('div', { class: 'title' }, this.#stream, this.#heading),
        element(
          'dl',
          { class: 'facts' },
          fact('model that answers', this.#model, this.#version),
          fact('forecast origin', this.#origin, this.#ahead),
        ),
      ),
      this.#warming,
      element(
        'div',
        { class: 'legend' },
        element(
          'ul',
          {},
          key('observed', 'observed'),
          key('forecast', 'forecast'),
          key('band', '90 % interval'),
          key('origin', 'origin'),
          element('li', { class: 'about' }, 'times in UTC'),
        ),
        element('label', {}, this.#all, 'all kept history'),
      ),
      this.#waiting,
      this.#grid,
      this.#table.node,
    );
    this.#all.addEventListener('change', () => this.#draw());
    // Colours of the canvas follow the style sheet.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const card of this.#cards) card.recolour();
    });
  }

  /** Another series: nothing of the one before may stay on the screen. */
  open(definition: Definition, series: string): void {
    this.#definition = definition;
    this.#picture = null;
    setText(this.#stream, definition.stream);
    setText(this.#heading, series);
    const channels = JSON.stringify(definition.channels);
    if (channels !== this.#channels) {
      this.#channels = channels;
      for (const card of this.#cards) card.destroy();
      this.#cards = definition.channels.map((channel) => new ChannelCard(channel));
      this.#grid.replaceChildren(...this.#cards.map((card) => card.node));
      this.#grid.classList.toggle('single', this.#cards.length === 1);
    }
    this.about(null, null, 0);
    this.#draw();
  }

  /** A newer picture of the same series. */
  show(picture: Picture): void {
    this.#picture = picture;
    this.#draw();
  }

  /** Which model answers and what it waits for. The forecast says so itself; without one, the list of series does.
   *  @param champion null: not known yet
   *  @param firstCMamba frames of a series before its first CMamba forecast */
  about(listed: SeriesView | null, champion: string | null, firstCMamba: number): void {
    const forecast = this.#picture?.forecast ?? null;
    const model = forecast?.model ?? listed?.model ?? null;
    setText(this.#model, model === null ? '–' : kindLabel(model.kind));
    setText(this.#version, model === null ? '' : model.version);
    const warmingUp = forecast === null ? (listed?.warmingUp ?? null) : forecast.warmingUp;
    const wait = waitOf(warmingUp, champion, listed?.steps ?? null, firstCMamba);
    setShown(this.#warming, wait !== null && model !== null);
    if (wait === null || model === null) return;
    setText(this.#warmingText, waitSentence(wait, champion, model.kind));
    this.#warmingBar.max = wait.need;
    this.#warmingBar.value = wait.have;
  }

  #draw(): void {
    const definition = this.#definition;
    if (definition === null) return;
    const picture = this.#picture ?? { observed: null, forecast: null };
    const { observed, forecast } = picture;
    const history = this.#all.checked ? Infinity : Math.max(definition.lookback, 2 * definition.horizon);
    for (const card of this.#cards) card.show(picture, history);
    this.#table.show(forecast, definition.channels);
    setText(this.#origin, forecast === null ? '–' : fullTime(Date.parse(forecast.origin)));
    setText(
      this.#ahead,
      forecast === null ? '' : `${forecast.horizon} steps of ${definition.frequency} ahead`,
    );
    setShown(this.#waiting, this.#picture !== null && forecast === null);
    setText(
      this.#waiting,
      observed === null
        ? 'Nothing is known of this series yet.'
        : 'No forecast yet: the first one follows the first closed step.',
    );
  }
}
