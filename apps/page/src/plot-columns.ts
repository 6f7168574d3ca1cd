/** @file What was observed and what is forecast, of one channel, on one grid: the columns of a chart.
 *
 *  Law: every observed value and every forecast entry stands at its own time, everything else is null; nothing is
 *  filled, so gaps stay open. Entry k of a forecast is for origin + (k + 1) * frequency. Where the clock of a series has
 *  jumped (a device that began in 1970), the older of the two is left out: the steps between would be millions. */
import { type Forecast, type RecentView } from '#contracts';

/** Equally long; `null`: nothing there. */
export interface PlotColumns {
  /** Grid times, ms, ascending, one step apart. */
  readonly time: number[];
  readonly observed: (number | null)[];
  readonly low: (number | null)[];
  readonly point: (number | null)[];
  readonly high: (number | null)[];
  /** Origin of the forecast, ms; null without one. */
  readonly origin: number | null;
}

/** The channel-independent part of a forecast and of what was observed that a chart needs. */
export type Observed = Pick<RecentView, 'from' | 'frequencyMs' | 'values'>;
export type Predicted = Pick<Forecast, 'origin' | 'frequencyMs' | 'horizon' | 'channels'>;

/** Between the newest observed step and the origin of a forecast; a definition may ask for a forecast every 10,000 steps. */
const MOST_STEPS_APART = 20_000;

const EMPTY: PlotColumns = { time: [], observed: [], low: [], point: [], high: [], origin: null };

/** Time of the newest step of what was observed, ms; null when there is none. */
export function newestObserved(observed: Observed | null): number | null {
  const length = Math.max(0, ...Object.values(observed?.values ?? {}).map((values) => values.length));
  return observed === null || length === 0
    ? null
    : Date.parse(observed.from) + (length - 1) * observed.frequencyMs;
}

/** The columns of one channel: `history` steps up to the origin (or to the newest step, without a forecast), what was
 *  observed after it, and the horizon. Low, point and high begin in the observed value at the origin, if there is one,
 *  so that the fan opens from what is known.
 *  @param history steps before the origin that are shown, at least 0 */
export function plotColumns(
  channel: string,
  observed: Observed | null,
  predicted: Predicted | null,
  history: number,
): PlotColumns {
  const frequency = predicted?.frequencyMs ?? observed?.frequencyMs;
  const newest = newestObserved(observed);
  const origin = predicted === null ? null : Date.parse(predicted.origin);
  if (origin !== null && newest !== null && frequency !== undefined) {
    const apart = (newest - origin) / frequency;
    if (apart > MOST_STEPS_APART) return plotColumns(channel, observed, null, history);
    if (apart < -MOST_STEPS_APART) return plotColumns(channel, null, predicted, history);
  }
  const anchor = origin ?? newest;
  if (frequency === undefined || anchor === null) return EMPTY;

  // Before the first observed step there is nothing to see; a year old one must not stretch the grid.
  const from = observed === null ? anchor : Date.parse(observed.from);
  const begin = Math.max(anchor - history * frequency, Math.min(from, anchor));
  const horizonEnd = origin === null ? anchor : origin + (predicted?.horizon ?? 0) * frequency;
  const end = Math.max(horizonEnd, newest ?? anchor);
  const time = Array.from(
    { length: Math.round((end - begin) / frequency) + 1 },
    (_, k) => begin + k * frequency,
  );
  const place = (ms: number) => Math.round((ms - begin) / frequency);
  const column = () => new Array<number | null>(time.length).fill(null);

  const seen = column();
  for (const [k, value] of (observed?.values[channel] ?? []).entries()) {
    const index = place(from + k * frequency);
    if (index >= 0 && index < time.length) seen[index] = value;
  }

  const [low, point, high] = [column(), column(), column()];
  const forecast = predicted?.channels[channel];
  if (origin !== null && forecast !== undefined) {
    const start = place(origin);
    low[start] = point[start] = high[start] = seen[start] ?? null;
    for (const [k, value] of forecast.point.entries()) {
      point[start + 1 + k] = value;
      low[start + 1 + k] = forecast.quantiles['0.05'][k] ?? null;
      high[start + 1 + k] = forecast.quantiles['0.95'][k] ?? null;
    }
  }
  return { time, observed: seen, low, point, high, origin };
}

/** Indices of values with nothing on either side: a line cannot show them, a dot can. */
export function isolated(values: readonly (number | null | undefined)[]): number[] {
  const has = (index: number) => typeof values[index] === 'number';
  return values.flatMap((_, index) => (has(index) && !has(index - 1) && !has(index + 1) ? [index] : []));
}

/** The newest observed value of a channel and its time; null when all are null. */
export function lastValue(
  channel: string,
  observed: Observed | null,
): { value: number; time: number } | null {
  const values = observed?.values[channel] ?? [];
  const index = values.findLastIndex((value) => value !== null);
  const value = values[index];
  if (observed === null || value === undefined || value === null) return null;
  return { value, time: Date.parse(observed.from) + index * observed.frequencyMs };
}

/** Whether what was observed reaches up to a forecast's origin: only then do the two belong into one picture. */
export function reaches(observed: Observed | null, predicted: Predicted): boolean {
  const newest = newestObserved(observed);
  return newest !== null && newest >= Date.parse(predicted.origin);
}
