/** @file The forecast in numbers, for whoever cannot or will not read it off a chart: a row a step, a column a channel. */
import { type Forecast, type StreamView } from '#contracts';
import { element } from './elements.js';
import { formatValue } from './numbers.js';
import { dayAndClock } from './time.js';

type Channels = StreamView['definition']['channels'];

/** The cells of the table: the time of each step, and for each channel the point with its interval. */
export function forecastCells(forecast: Forecast, channels: Channels): string[][] {
  const origin = Date.parse(forecast.origin);
  return Array.from({ length: forecast.horizon }, (_, k) => [
    dayAndClock(origin + (k + 1) * forecast.frequencyMs),
    ...channels.map(({ name, decimals }) => {
      const path = forecast.channels[name];
      const [point, low, high] = [path?.point[k], path?.quantiles['0.05'][k], path?.quantiles['0.95'][k]];
      if (point === undefined || low === undefined || high === undefined) return '–';
      return `${formatValue(point, decimals)} (${formatValue(low, decimals)} to ${formatValue(high, decimals)})`;
    }),
  ]);
}

export class ForecastTable {
  readonly #table = element('div', { tabindex: '0', role: 'region', 'aria-label': 'Forecast in numbers' });
  readonly node = element(
    'details',
    { class: 'in-numbers', 'data-testid': 'forecast-table' },
    element('summary', {}, 'Forecast in numbers'),
    this.#table,
  );
  #forecast: Forecast | null = null;
  #channels: Channels = [];

  constructor() {
    this.node.addEventListener('toggle', () => this.#draw());
  }

  show(forecast: Forecast | null, channels: Channels): void {
    const same = forecast === this.#forecast && channels === this.#channels;
    this.#forecast = forecast;
    this.#channels = channels;
    this.node.hidden = forecast === null;
    if (!same) this.#draw();
  }

  /** A closed table costs nothing. */
  #draw(): void {
    if (!this.node.open || this.#forecast === null) {
      this.#table.replaceChildren();
      return;
    }
    const heads = this.#channels.map(({ name, unit }) => (unit === undefined ? name : `${name} ${unit}`));
    this.#table.replaceChildren(
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element('tr', {}, ...['time (UTC)', ...heads].map((head) => element('th', { scope: 'col' }, head))),
        ),
        element(
          'tbody',
          {},
          ...forecastCells(this.#forecast, this.#channels).map(([time, ...cells]) =>
            element(
              'tr',
              {},
              element('th', { scope: 'row' }, time ?? ''),
              ...cells.map((cell) => element('td', {}, cell)),
            ),
          ),
        ),
      ),
    );
  }
}
