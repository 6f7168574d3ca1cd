/** @file Which columns of a file are measured.
 *
 *  The rule: those that a person names; else every column of numbers that is neither time nor series and does not
 *  count rows. Fewer than one text in a hundred cells (ERR, inf) do not make it another: they count as missing.
 *
 *  Law: whatever is left out or counts as missing is noted, with how many cells, and the first of them. */
import { RollcastError } from '#contracts';
import type { ColumnProfile } from './column-profile.js';
import { badCell, columnIndex, type CsvFile } from './csv-file.js';
import type { CsvHints } from './csv-hints.js';

/** What a definition may have. */
const MOST_CHANNELS = 64;

/** @param taken columns of times and series
 *  @returns indexes of columns, in the order in which they were named
 *  @throws BAD_CSV, INVALID_REQUEST */
export function channelColumns(
  file: CsvFile,
  columns: readonly ColumnProfile[],
  taken: readonly number[],
  seriesCount: number,
  hints: CsvHints,
  notes: string[],
): number[] {
  const chosen =
    hints.channels?.map((name) => namedChannel(file, columns, name)) ??
    guessedChannels(file, columns, taken, seriesCount, notes);
  for (const index of chosen) {
    const { name, texts, firstText } = columns[index] as ColumnProfile;
    if (firstText === null) continue;
    const are = texts === 1 ? '1 cell is no number and counts' : `${texts} cells are no numbers and count`;
    notes.push(`column "${name}": ${are} as missing (line ${firstText.line}: "${firstText.cell}")`);
  }
  return chosen;
}

function namedChannel(file: CsvFile, columns: readonly ColumnProfile[], name: string): number {
  const index = columnIndex(file, name);
  const column = columns[index] as ColumnProfile;
  if (column.firstText !== null && !column.isNumeric) {
    throw badCell(file.path, column.firstText.line, name, `"${column.firstText.cell}" is not a number`);
  }
  return index;
}

function guessedChannels(
  file: CsvFile,
  columns: readonly ColumnProfile[],
  taken: readonly number[],
  seriesCount: number,
  notes: string[],
): number[] {
  const free = columns
    .map((column, index) => ({ column, index }))
    .filter(({ index }) => !taken.includes(index));
  const chosen = free.filter(({ column }) => column.isNumeric && !column.numbersRows(seriesCount));
  const why = free
    .filter((one) => !chosen.includes(one))
    .map(({ column }) => `column "${column.name}" ${whyNot(column)}`);
  if (chosen.length === 0) {
    const reasons = why.length === 0 ? '' : `: ${why.join('; ')}`;
    throw refuse(`no column of ${file.path} holds measurements, numbers like 1234.5${reasons}`);
  }
  if (chosen.length > MOST_CHANNELS) {
    throw refuse(
      `${file.path} has ${chosen.length} columns of numbers, a stream at most ${MOST_CHANNELS}: name those to take with --channels`,
    );
  }
  notes.push(...why.map((reason) => `${reason}: left out`));
  return chosen.map(({ index }) => index);
}

function whyNot({ isNumeric, cells, texts, firstText }: ColumnProfile): string {
  if (isNumeric) return 'counts rows';
  if (firstText === null) return 'is empty';
  return `is not all numbers (${texts} of ${cells} cells, on line ${firstText.line} "${firstText.cell}")`;
}

function refuse(problem: string): RollcastError {
  return new RollcastError('INVALID_REQUEST', { problem });
}
