/** @file Which column of a CSV file is what: where times, series and channels stand. */

export interface CsvLayout {
  readonly stream: string;
  readonly time:
    /** The cells of these columns, joined by a space, are a time; `read` gives its milliseconds, or null. */
    | { readonly columns: readonly number[]; readonly read: (text: string) => number | null }
    /** No column says the time: the rows of a series are `every` milliseconds apart, the first is at `start`. */
    | { readonly every: number; readonly start: number };
  /** Their cells, joined by `/`, name the series; none: the file is one series, named like its stream. */
  readonly series: readonly number[];
  readonly channels: readonly {
    readonly name: string;
    readonly column: number;
    /** Cells that are no numbers count as missing; otherwise they are refused. */
    readonly textIsMissing: boolean;
  }[];
}

/** What a row says of its time, of one column or of two. */
export function timeText(columns: readonly number[], cells: readonly string[]): string {
  return columns.map((column) => cells[column] ?? '').join(' ');
}

/** The series that a row belongs to. */
export function seriesName(layout: CsvLayout, cells: readonly string[]): string {
  if (layout.series.length === 0) return layout.stream;
  return layout.series.map((column) => cells[column] ?? '').join('/');
}
