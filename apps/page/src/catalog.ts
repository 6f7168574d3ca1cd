/** @file Streams with their series, and which of them is meant when nobody has chosen. Pure. */
import { type Forecast, type SeriesView, type StreamView } from '#contracts';
import { type Choice } from './address.js';

export interface CatalogEntry {
  readonly stream: StreamView;
  readonly series: readonly SeriesView[];
}

export type Catalog = readonly CatalogEntry[];

/** The choice of the address where it exists, else the first series there is, else the first stream, else nothing.
 *  A chosen series that is not listed yet keeps its place: its first frame may be under way. */
export function effectiveChoice(catalog: Catalog, chosen: Choice | null): Choice | null {
  const entry = catalog.find(({ stream }) => stream.definition.stream === chosen?.stream);
  if (entry !== undefined && chosen !== null) {
    return chosen.series === null ? firstOf(entry) : chosen;
  }
  const inhabited = catalog.find(({ series }) => series.length > 0) ?? catalog[0];
  return inhabited === undefined ? null : firstOf(inhabited);
}

/** A listed series as a forecast of it knows it, unless the list is newer. */
export function withForecast(listed: SeriesView, forecast: Forecast): SeriesView {
  if (Date.parse(listed.lastFrame) > Date.parse(forecast.origin)) return listed;
  return { ...listed, lastFrame: forecast.origin, model: forecast.model, warmingUp: forecast.warmingUp };
}

/** Grid steps of the longest series: it decides whether a training is possible. */
export function longestSteps({ series }: CatalogEntry): number {
  return Math.max(0, ...series.map(({ steps }) => steps));
}

/** At most `limit` series of each stream whose name holds the text, and how many there are in all. */
export function filtered(
  entry: CatalogEntry,
  text: string,
  limit: number,
): { shown: SeriesView[]; left: number } {
  const wanted = text.trim().toLowerCase();
  const matching = entry.series.filter(({ series }) => series.toLowerCase().includes(wanted));
  return { shown: matching.slice(0, limit), left: Math.max(0, matching.length - limit) };
}

function firstOf({ stream, series }: CatalogEntry): Choice {
  return { stream: stream.definition.stream, series: series[0]?.series ?? null };
}
