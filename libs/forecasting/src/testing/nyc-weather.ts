/** @file The year of hourly weather that the repository holds, as arrays: for specs that need real errors. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** `[6][steps]` of a station on its hourly grid, NaN: not observed; the wind of 1,048 mph left out, as ingest does. */
export function nycWeather(station: string): { firstGridIndex: number; values: Float64Array[] } {
  const file = new URL('../../../../data/nyc-weather-2013.csv.gz', import.meta.url);
  const rows = gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(','))
    .filter((row) => row[0] === station);
  const hours = rows.map((row) => Date.parse(row[1] as string) / 3_600_000);
  const first = hours.reduce((least, hour) => Math.min(least, hour), Infinity);
  const last = hours.reduce((most, hour) => Math.max(most, hour), -Infinity);
  const values = Array.from({ length: 6 }, () => new Float64Array(last - first + 1).fill(NaN));
  rows.forEach((row, at) => {
    values.forEach((column, channel) => {
      const cell = row[channel + 2] ?? '';
      const value = cell === '' || cell === 'NA' ? NaN : Number(cell);
      column[(hours[at] as number) - first] = channel === 3 && value > 200 ? NaN : value;
    });
  });
  return { firstGridIndex: first, values };
}
