/** @file Which column of a CSV file is what: where times, series and channels stand. */
import type { WallClock } from './csv-time.js';

export interface CsvLayout {
  readonly stream: string;
  readonly time:
    | { readonly column: number; readonly wallClock: WallClock }
    /** No column says the time: the rows of a series are `every` milliseconds apart, the first is at `start`. */
    | { readonly every: number; readonly start: number };
  /** Their cells, joined by `/`, name the series; none: the file is one series, named like its stream. */
  readonly series: readonly number[];
  readonly channels: readonly { readonly name: string; readonly column: number }[];
}

/** The series that a row belongs to. */
export function seriesName(layout: CsvLayout, cells: readonly string[]): string {
  if (layout.series.length === 0) return layout.stream;
  return layout.series.map((column) => cells[column] ?? '').join('/');
}
