/** @file Streams and their series: links at the left, a select on a small screen, a filter where there are many. */
import { type SeriesView } from '#contracts';
import { addressOf, type Choice } from './address.js';
import { type Catalog, type CatalogEntry, filtered } from './catalog.js';
import { element, KeyedRows, type Row, setShown, setText } from './elements.js';
import { kindLabel } from './model-names.js';
import { formatCount } from './numbers.js';
import { dayAndClock } from './time.js';

/** Rows of one stream that are drawn at once; more are found by the filter. */
const MOST_ROWS = 200;
const FILTER_FROM = 12;

export class SeriesList {
  readonly node: HTMLElement;
  /** For small screens; in the page's head. */
  readonly select = element('select', { 'data-testid': 'series-select', 'aria-label': 'Series' });
  readonly #filter = element('input', {
    type: 'search',
    placeholder: 'Filter series',
    'aria-label': 'Filter series',
  });
  readonly #streams = element('div');
  readonly #rows: KeyedRows<CatalogEntry>;
  #catalog: Catalog = [];
  #choice: Choice | null = null;
  #options = '';

  constructor() {
    this.node = element(
      'nav',
      { class: 'series-list', 'aria-label': 'Streams and series', 'data-testid': 'series-list' },
      this.#filter,
      this.#streams,
    );
    this.#rows = new KeyedRows(
      this.#streams,
      ({ stream }) => stream.definition.stream,
      () => this.#streamRow(),
    );
    this.#filter.addEventListener('input', () => this.show(this.#catalog, this.#choice));
    this.select.addEventListener('change', () => {
      location.hash = this.select.value;
    });
  }

  show(catalog: Catalog, choice: Choice | null): void {
    this.#catalog = catalog;
    this.#choice = choice;
    const total = catalog.reduce((sum, { series }) => sum + series.length, 0);
    setShown(this.#filter, total >= FILTER_FROM);
    this.#rows.show(catalog);
    this.#showSelect();
  }

  #streamRow(): Row<CatalogEntry> {
    const heading = element('h2');
    const about = element('p', { class: 'about' });
    const list = element('ul');
    const more = element('p', { class: 'about' });
    const rows = new KeyedRows<SeriesView & { stream: string }>(
      list,
      ({ series }) => series,
      () => this.#seriesRow(),
    );
    return {
      node: element('section', {}, heading, about, list, more),
      update: (entry) => {
        const { definition } = entry.stream;
        const { shown, left } = filtered(entry, this.#filter.value, MOST_ROWS);
        setText(heading, definition.stream);
        const channels = definition.channels.length;
        setText(
          about,
          `${channels} ${channels === 1 ? 'channel' : 'channels'} · every ${definition.frequency} · ` +
            `${definition.horizon} ahead`,
        );
        rows.show(shown.map((series) => ({ ...series, stream: definition.stream })));
        const none = entry.series.length === 0 ? 'No series yet.' : '';
        setText(more, left > 0 ? `${formatCount(left)} more: filter to find them.` : none);
        setShown(more, left > 0 || none !== '');
      },
    };
  }

  #seriesRow(): Row<SeriesView & { stream: string }> {
    const name = element('span', { class: 'name' });
    const time = element('span', { class: 'about' });
    const about = element('span', { class: 'about model' });
    const link = element('a', {}, name, time, about);
    return {
      node: element('li', {}, link),
      update: ({ stream, series, model, lastFrame, warmingUp }) => {
        setText(name, series);
        const warming = warmingUp === null ? '' : ' · warming up';
        setText(about, `${kindLabel(model.kind)}${warming}`);
        setText(time, dayAndClock(Date.parse(lastFrame)));
        link.href = addressOf({ stream, series });
        const current = this.#choice?.stream === stream && this.#choice.series === series;
        if (current) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
        link.dataset['testid'] = `series-${series}`;
      },
    };
  }

  #showSelect(): void {
    const groups = this.#catalog.map(({ stream, series }) => ({
      stream: stream.definition.stream,
      names: series.length === 0 ? [null] : series.map((one) => one.series),
    }));
    // An open select closes when its options change, so they only do when they must.
    const options = JSON.stringify(groups);
    if (options !== this.#options) {
      this.#options = options;
      this.select.replaceChildren(
        ...groups.map(({ stream, names }) =>
          element(
            'optgroup',
            { label: stream },
            ...names.map((series) =>
              element('option', { value: addressOf({ stream, series }) }, series ?? 'no series yet'),
            ),
          ),
        ),
      );
    }
    setShown(this.select, groups.length > 0);
    if (this.#choice !== null) this.select.value = addressOf(this.#choice);
  }
}
