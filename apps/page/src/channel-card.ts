/** @file One channel of the chosen series: name and unit, the last value and the next forecast in numbers, the chart. */
import { type Forecast, type StreamView } from '#contracts';
import { ChannelChart } from './chart.js';
import { element, setShown, setText } from './elements.js';
import { formatValue } from './numbers.js';
import { lastValue, plotColumns, type PlotColumns } from './plot-columns.js';
import { type Picture } from './series-feed.js';
import { dayAndClock } from './time.js';

type Channel = StreamView['definition']['channels'][number];

const NOTHING = '–';

export class ChannelCard {
  readonly node: HTMLElement;
  readonly #chart: ChannelChart;
  readonly #plot = element('div', { class: 'plot', role: 'img' });
  readonly #observed = element('dd');
  readonly #observedTerm = element('dt', {}, 'observed');
  readonly #next = element('dd');
  readonly #nextTerm = element('dt', {}, 'next');
  readonly #interval = element('span', { class: 'interval' });
  readonly #missing = element('p', { class: 'missing' }, 'not observed at the origin');
  readonly #readout = element('p', { class: 'readout' });
  #columns: PlotColumns | null = null;

  constructor(private readonly channel: Channel) {
    const heading = element(
      'h3',
      {},
      channel.name,
      channel.unit === undefined ? null : element('span', { class: 'unit' }, channel.unit),
    );
    this.#next.dataset['testid'] = 'next-forecast';
    this.#observed.dataset['testid'] = 'last-value';
    this.node = element(
      'article',
      { class: 'card', 'data-testid': `channel-${channel.name}`, 'aria-label': `Channel ${channel.name}` },
      element(
        'header',
        {},
        element('div', {}, heading, this.#missing, this.#readout),
        element(
          'dl',
          { class: 'figures' },
          element('div', { class: 'figure observed' }, this.#observedTerm, this.#observed),
          element(
            'div',
            { class: 'figure forecast' },
            this.#nextTerm,
            this.#next,
            element('dd', {}, this.#interval),
          ),
        ),
      ),
      this.#plot,
    );
    this.#chart = new ChannelChart(this.#plot, (index) => this.#read(index));
  }

  /** @param history steps before the origin that the chart shows */
  show(picture: Picture, history: number): void {
    const last = lastValue(this.channel.name, picture.observed);
    setText(this.#observed, last === null ? NOTHING : this.#value(last.value));
    setText(this.#observedTerm, last === null ? 'observed' : `observed ${dayAndClock(last.time)}`);
    this.#showNext(picture.forecast);
    this.#columns = plotColumns(this.channel.name, picture.observed, picture.forecast, history);
    this.#chart.draw(this.#columns);
    // Axes without a value would say something that is not so.
    const empty = [this.#columns.observed, this.#columns.point].flat().every((value) => value === null);
    this.#plot.classList.toggle('empty', empty);
    this.#plot.setAttribute('aria-label', this.#summary(last?.value ?? null, picture.forecast));
  }

  recolour(): void {
    this.#chart.recolour();
  }

  destroy(): void {
    this.#chart.destroy();
    this.node.remove();
  }

  #showNext(forecast: Forecast | null): void {
    const path = forecast?.channels[this.channel.name];
    const point = path?.point[0];
    setShown(this.#missing, forecast?.unobserved.includes(this.channel.name) ?? false);
    if (forecast === null || path === undefined || point === undefined) {
      setText(this.#next, NOTHING);
      setText(this.#nextTerm, 'next forecast');
      setText(this.#interval, '');
      return;
    }
    setText(this.#nextTerm, `forecast ${dayAndClock(Date.parse(forecast.origin) + forecast.frequencyMs)}`);
    setText(this.#next, this.#value(point));
    setText(this.#interval, this.#span(path.quantiles['0.05'][0], path.quantiles['0.95'][0]));
  }

  /** The values under the pointer: when, and what was observed or is forecast then. */
  #read(index: number | null): void {
    const lines = index === null ? [] : this.#linesAt(index);
    this.#readout.replaceChildren(...lines.map((line) => element('span', {}, line)));
  }

  #linesAt(index: number): string[] {
    const columns = this.#columns;
    const time = columns?.time[index];
    if (columns === null || time === undefined) return [];
    const seen = columns.observed[index] ?? null;
    const point = columns.point[index] ?? null;
    const when = `${dayAndClock(time)} UTC`;
    if (point === null || time === columns.origin) {
      return [when, seen === null ? 'not observed' : `observed ${this.#value(seen)}`];
    }
    const path = `${this.#value(point)} (${this.#span(columns.low[index], columns.high[index])})`;
    return [seen === null ? when : `${when} · observed ${this.#value(seen)}`, path];
  }

  #summary(last: number | null, forecast: Forecast | null): string {
    const unit = this.channel.unit ?? '';
    const seen = last === null ? 'no observed value' : `last observed ${this.#value(last)} ${unit}`;
    const path = forecast?.channels[this.channel.name];
    const end = path?.point.length ?? 0;
    if (forecast === null || path === undefined || end === 0)
      return `${this.channel.name}: ${seen}, no forecast yet`;
    const until = dayAndClock(Date.parse(forecast.origin) + end * forecast.frequencyMs);
    const [point, low, high] = [path.point, path.quantiles['0.05'], path.quantiles['0.95']].map((values) =>
      values.at(-1),
    );
    return (
      `${this.channel.name}: ${seen}; forecast until ${until} UTC ${this.#value(point ?? 0)} ${unit}, ` +
      `90 % interval ${this.#span(low, high)}`
    );
  }

  #value(value: number): string {
    return formatValue(value, this.channel.decimals);
  }

  #span(low: number | null | undefined, high: number | null | undefined): string {
    if (typeof low !== 'number' || typeof high !== 'number') return '';
    return `${this.#value(low)} to ${this.#value(high)}`;
  }
}
