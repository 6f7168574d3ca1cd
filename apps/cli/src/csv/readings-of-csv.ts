/** @file The rows of a CSV file as readings, in the order of the file.
 *
 *  Law: one row, one reading; an empty cell (or NA, NaN, null, -) is null. The same file gives the same readings.
 *  It refuses a row without time or series, one whose time or series no reading may have, and (unless the layout says
 *  that it counts as missing) a cell of a channel that is neither a number nor missing, with line and column; nothing is
 *  skipped silently. */
import { describeIssues, formatTime, isEventTime, type Reading, SeriesName } from '#contracts';
import { badCell, type CsvFile, type CsvRow } from './csv-file.js';
import { type CsvLayout, seriesName, timeText } from './csv-layout.js';
import { isMissing, readNumber } from './csv-number.js';
import { noTime } from './csv-time.js';

/** @throws BAD_CSV */
export async function* readingsOfCsv(file: CsvFile, layout: CsvLayout): AsyncGenerator<Reading> {
  const rowsOf = new Map<string, number>();
  for await (const row of file.rows()) {
    const series = seriesName(layout, row.cells);
    const emptyAt = layout.series.find((column) => (row.cells[column] ?? '') === '');
    if (emptyAt !== undefined) throw bad(file, row, emptyAt, 'the name of the series is empty');
    const before = rowsOf.get(series) ?? 0;
    if (before === 0) refuseName(file, layout, row, series);
    rowsOf.set(series, before + 1);
    const time = timeOf(file, layout, row, before);
    const values = Object.fromEntries(
      layout.channels.map((channel) => [channel.name, valueOf(file, row, channel)]),
    );
    yield { stream: layout.stream, series, time: formatTime(time), values };
  }
}

/** @param before rows of the same series before this one */
function timeOf(file: CsvFile, { time }: CsvLayout, row: CsvRow, before: number): number {
  if (!('columns' in time)) return time.start + before * time.every;
  const text = timeText(time.columns, row.cells);
  const ms = time.read(text);
  const [first = 0] = time.columns;
  if (ms === null) throw bad(file, row, first, noTime(text));
  if (!isEventTime(ms)) throw bad(file, row, first, `"${text}" lies outside of the years 1900 to 2200`);
  return ms;
}

/** @throws BAD_CSV for a name that no reading may have */
function refuseName(file: CsvFile, layout: CsvLayout, row: CsvRow, series: string): void {
  const { error } = SeriesName.safeParse(series);
  if (error === undefined) return;
  const shown = series.length > 60 ? `${series.slice(0, 60)}...` : series;
  throw bad(
    file,
    row,
    layout.series[0] ?? 0,
    `the name of the series, ${JSON.stringify(shown)}: ${describeIssues(error)}`,
  );
}

function valueOf(
  file: CsvFile,
  row: CsvRow,
  { column, textIsMissing }: CsvLayout['channels'][number],
): number | null {
  const cell = row.cells[column] ?? '';
  if (isMissing(cell)) return null;
  const value = readNumber(cell, file.delimiter);
  if (value === null && !textIsMissing) throw bad(file, row, column, `"${cell}" is not a number`);
  return value;
}

const bad = (file: CsvFile, row: CsvRow, column: number, problem: string) =>
  badCell(file.path, row.line, file.columns[column] ?? column + 1, problem);
