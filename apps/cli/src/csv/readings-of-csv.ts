/** @file The rows of a CSV file as readings, in the order of the file.
 *
 *  Law: one row, one reading; an empty cell (or NA, NaN, null, -) is null. The same file gives the same readings.
 *  It refuses a row without time or series, and (unless the layout says that it counts as missing) a cell of a channel
 *  that is neither a number nor missing, with line and column; nothing is skipped silently. */
import { formatTime, type Reading } from '#contracts';
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
  if (ms === null) throw bad(file, row, time.columns[0] ?? 0, noTime(text));
  return ms;
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
