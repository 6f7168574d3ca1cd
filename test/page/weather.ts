/** @file Readings of the weather stations that come with the project, in the order of their time. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { StreamDefinitionInput } from '#contracts';

const FILE = fileURLToPath(new URL('../../data/nyc-weather-2013.csv.gz', import.meta.url));

const UNITS: Readonly<Record<string, string>> = {
  temperature_f: '°F',
  dew_point_f: '°F',
  humidity_pct: '%',
  wind_speed_mph: 'mph',
  pressure_hpa: 'hPa',
  visibility_mi: 'mi',
};
export const CHANNELS = Object.keys(UNITS);
export const HOUR_MS = 3_600_000;

/** What is `PUT`: the project's own numbers, the least history that CMamba takes at this lookback. */
export const WEATHER: StreamDefinitionInput = {
  frequency: '1h',
  lookback: 96,
  horizon: 24,
  channels: Object.entries(UNITS).map(([name, unit]) => ({
    name,
    unit,
    decimals: 1,
    ...(name === 'wind_speed_mph' && { min: 0, max: 200 }),
  })),
  retraining: { timeBudget: '60s' },
};

export interface StationReading {
  readonly series: string;
  readonly time: string;
  readonly values: Readonly<Record<string, number | null>>;
}

/** Readings of the stations before a time (ms), by time, then station. */
export function weatherReadings(stations: readonly string[], end: number): StationReading[] {
  const [head = '', ...lines] = gunzipSync(readFileSync(FILE)).toString().trimEnd().split('\n');
  const columns = head.split(',');
  return lines
    .map((line): StationReading => {
      const cells = line.split(',');
      const cell = (name: string) => cells[columns.indexOf(name)] ?? '';
      const values = CHANNELS.map((name) => [name, cell(name) === '' ? null : Number(cell(name))] as const);
      return { series: cell('station'), time: cell('time'), values: Object.fromEntries(values) };
    })
    .filter(({ series, time }) => stations.includes(series) && Date.parse(time) < end)
    .sort((a, b) => (a.time === b.time ? (a.series < b.series ? -1 : 1) : a.time < b.time ? -1 : 1));
}
