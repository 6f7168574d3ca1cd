/** @file Readings of the weather stations that come with the project, in the order of their time. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { StreamDefinitionInput } from '#contracts';

const FILE = fileURLToPath(new URL('../../data/nyc-weather-2013.csv.gz', import.meta.url));

const MEASURES: Readonly<Record<string, { unit: string; min?: number; max?: number }>> = {
  temperature_f: { unit: '°F' },
  dew_point_f: { unit: '°F' },
  humidity_pct: { unit: '%', min: 0, max: 100 },
  wind_speed_mph: { unit: 'mph', min: 0, max: 200 },
  pressure_hpa: { unit: 'hPa' },
  visibility_mi: { unit: 'mi', min: 0, max: 10 },
};
export const CHANNELS = Object.keys(MEASURES);
export const HOUR_MS = 3_600_000;

/** What is `PUT`: the project's own numbers, the least history that CMamba takes at this lookback. */
export const WEATHER: StreamDefinitionInput = {
  frequency: '1h',
  lookback: 96,
  horizon: 24,
  channels: Object.entries(MEASURES).map(([name, measure]) => ({ name, ...measure, decimals: 1 })),
  retraining: { timeBudget: '30s' },
};

export interface StationReading {
  readonly series: string;
  readonly time: string;
  readonly values: Readonly<Record<string, number | null>>;
}

/** Readings of the stations in 2013, by time, then station. */
export function weatherReadings(stations: readonly string[]): StationReading[] {
  const [head = '', ...lines] = gunzipSync(readFileSync(FILE)).toString().trimEnd().split('\n');
  const columns = head.split(',');
  return lines
    .map((line): StationReading => {
      const cells = line.split(',');
      const cell = (name: string) => cells[columns.indexOf(name)] ?? '';
      const values = CHANNELS.map((name) => [name, cell(name) === '' ? null : Number(cell(name))] as const);
      return { series: cell('station'), time: cell('time'), values: Object.fromEntries(values) };
    })
    .filter(({ series }) => stations.includes(series))
    .sort((a, b) => (a.time === b.time ? (a.series < b.series ? -1 : 1) : a.time < b.time ? -1 : 1));
}
