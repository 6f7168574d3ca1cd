/** @file A stream's definition from a CSV file: what its columns are, how often it is measured, what is plausible.
 *
 *  Law: whoever says a column gets that column; the rest is guessed by rules that the notes name, so that a
 *  person can disagree. The same file gives the same definition. It reads the file once and keeps its numbers in
 *  memory (a million rows of ten columns: some hundred megabytes).
 *  It refuses a file without rows, without times (unless an interval is given) and without numbers. */
import {
  Duration,
  durationMs,
  formatDuration,
  RollcastError,
  StreamDefinition,
  type StreamDefinitionInput,
} from '#contracts';
import { ColumnProfile } from './column-profile.js';
import { badCell, type CsvFile } from './csv-file.js';
import type { CsvLayout } from './csv-layout.js';
import { wallClockOf } from './csv-time.js';
import { plausibleRange } from './plausible-range.js';
import { refine, seriesColumns } from './series-columns.js';
import { type TimeSteps, timeSteps } from './time-steps.js';

/** What a person says of a file; everything left out is found in it. */
export interface CsvHints {
  readonly stream: string;
  /** Names of columns. */
  readonly time?: string;
  readonly series?: readonly string[];
  readonly channels?: readonly string[];
  /** Time between rows of a series, where no column says the time; else the frequency. */
  readonly interval?: string;
  /** IANA zone of times without an offset; default UTC. */
  readonly tz?: string;
  /** Fields of the definition that are not guessed: horizon, lookback, retraining, ... */
  readonly definition?: Omit<Partial<StreamDefinitionInput>, 'stream' | 'channels'>;
}

export interface InferredCsv {
  readonly definition: StreamDefinition;
  readonly layout: CsvLayout;
  readonly rows: number;
  readonly seriesCount: number;
  /** First and last event time; milliseconds. */
  readonly first: number;
  readonly last: number;
  /** What was assumed, a sentence each. */
  readonly notes: readonly string[];
}

/** Where a file that says no times begins; milliseconds. */
const START = Date.parse('2026-01-01T00:00:00Z');

/** Reads a file for what it is.
 *  @throws BAD_CSV where a cell contradicts, INVALID_REQUEST where a person must say more */
export async function inferDefinition(file: CsvFile, hints: CsvHints): Promise<InferredCsv> {
  const wallClock = wallClockOf(hints.tz ?? 'UTC');
  const columns = file.columns.map((name) => new ColumnProfile(name, file.delimiter, wallClock));
  for await (const { line, cells } of file.rows()) {
    columns.forEach((column, index) => column.add(cells[index] ?? '', line));
  }
  const rows = columns[0]?.cells ?? 0;
  if (rows === 0) throw refuse(`${file.path} has no rows below its header`);

  const notes: string[] = [];
  const timeAt = timeColumn(file, columns, hints, notes);
  const series = hints.series?.map((name) => indexOf(file, name)) ?? guessedSeries(columns, timeAt);
  const groups = series.reduce<readonly number[]>(
    (split, index) => refine(split, columns[index]?.codes ?? []),
    Array.from({ length: rows }, () => 0),
  );
  const seriesCount = new Set(groups).size;
  const every = intervalMs(hints.interval);
  const times = timeAt === null ? rowTimes(groups, every) : (columns[timeAt]?.times ?? []);
  const steps = timeSteps(times, (row) => groups[row] ?? 0);
  const taken = timeAt === null ? series : [timeAt, ...series];
  const channelsAt = channelColumns(file, columns, taken, seriesCount, hints, notes);
  const time = timeAt === null ? { every: every as number, start: START } : { column: timeAt, wallClock };
  const layout: CsvLayout = {
    stream: hints.stream,
    time,
    series,
    channels: channelsAt.map((column) => ({ name: file.columns[column] ?? '', column })),
  };
  const channels = channelsAt.map((index) => channelOf(columns[index] as ColumnProfile, notes));
  const definition = define(hints, channels, every ?? steps.frequency, steps, notes);
  return { definition, layout, rows, seriesCount, first: steps.first, last: steps.last, notes };
}

function timeColumn(
  file: CsvFile,
  columns: readonly ColumnProfile[],
  hints: CsvHints,
  notes: string[],
): number | null {
  if (hints.time !== undefined) {
    const index = indexOf(file, hints.time);
    const wrong = columns[index]?.firstUntimely;
    if (wrong) throw badCell(file.path, wrong.line, hints.time, `"${wrong.cell}" is no time`);
    noteZone(columns[index], hints, notes);
    return index;
  }
  const called = /time|date|stamp|^ts$/i;
  const found = columns
    .map((column, index) => ({ column, index }))
    // A column of numbers is one of times only if it is called so: a counter may look like seconds.
    .filter(({ column }) => column.isTimes && (called.test(column.name) || !column.isNumeric))
    .sort((left, right) => Number(called.test(right.column.name)) - Number(called.test(left.column.name)))[0];
  if (found !== undefined) {
    notes.push(`times: column "${found.column.name}"`);
    noteZone(found.column, hints, notes);
    return found.index;
  }
  if (hints.interval !== undefined) return null;
  const nearly = columns.find((column) => called.test(column.name) && column.firstUntimely !== null);
  if (nearly?.firstUntimely) {
    throw badCell(
      file.path,
      nearly.firstUntimely.line,
      nearly.name,
      `"${nearly.firstUntimely.cell}" is no time`,
    );
  }
  throw refuse(`no column of ${file.path} holds times: name it with --time, or say --interval 5s`);
}

function noteZone(column: ColumnProfile | undefined, hints: CsvHints, notes: string[]): void {
  if (column?.zoneless !== true) return;
  notes.push(
    hints.tz === undefined
      ? 'its times have no offset: they are read as UTC (--tz says another zone)'
      : `its times have no offset: they are read in ${hints.tz}`,
  );
}

function guessedSeries(columns: readonly ColumnProfile[], timeAt: number | null): number[] {
  return seriesColumns(columns, timeAt === null ? null : (columns[timeAt]?.times ?? []));
}

function channelColumns(
  file: CsvFile,
  columns: readonly ColumnProfile[],
  taken: readonly number[],
  seriesCount: number,
  hints: CsvHints,
  notes: string[],
): number[] {
  if (hints.channels !== undefined) {
    return hints.channels.map((name) => {
      const index = indexOf(file, name);
      const wrong = columns[index]?.firstText;
      if (wrong) throw badCell(file.path, wrong.line, name, `"${wrong.cell}" is not a number`);
      return index;
    });
  }
  const free = columns
    .map((column, index) => ({ column, index }))
    .filter(({ index }) => !taken.includes(index));
  const chosen = free.filter(({ column }) => column.isNumeric && !column.numbersRows(seriesCount));
  for (const { column } of free) {
    if (column.numbersRows(seriesCount)) notes.push(`column "${column.name}" counts rows: left out`);
    else if (!column.isNumeric) notes.push(`column "${column.name}" is not all numbers: left out`);
  }
  if (chosen.length === 0)
    throw refuse(`no column of ${file.path} holds only numbers: name some with --channels`);
  return chosen.map(({ index }) => index);
}

function channelOf(column: ColumnProfile, notes: string[]): StreamDefinitionInput['channels'][number] {
  const range = plausibleRange(column.numbers);
  if (range !== null) {
    const outside = column.numbers.filter((value) => value < range.min || value > range.max);
    if (outside.length > 0) {
      const some = outside.slice(0, 3).join(', ');
      const which = outside.length === 1 ? '1 value lies' : `${outside.length} values lie`;
      notes.push(`channel "${column.name}": ${which} outside ${range.min} to ${range.max} (${some})`);
    }
  }
  return { name: column.name, decimals: column.decimals, ...range };
}

/** Nothing is closed for longer than this many steps, however wild the order of a file is. */
const MOST_LATENESS = 100;

function define(
  hints: CsvHints,
  channels: StreamDefinitionInput['channels'],
  frequency: number | null,
  steps: TimeSteps,
  notes: string[],
): StreamDefinition {
  if (frequency === null)
    throw refuse('every series has a single time: say how often it is measured, --interval 1h');
  const asked = hints.definition ?? {};
  const lateness = Math.min(steps.disorder, MOST_LATENESS * frequency);
  if (steps.disorder > 0) {
    notes.push(
      `rows go back in time by up to ${formatDuration(steps.disorder)}: the lateness is ${formatDuration(lateness)}`,
    );
  }
  const parsed = StreamDefinition.safeParse({
    stream: hints.stream,
    channels,
    frequency: formatDuration(frequency),
    ...(lateness > 0 && { lateness: formatDuration(lateness) }),
    ...asked,
  });
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'it does not fit' };
  throw refuse(`the definition found in the file is refused: ${path.map(String).join('.')}: ${message}`);
}

function indexOf(file: CsvFile, column: string): number {
  const index = file.columns.indexOf(column);
  if (index >= 0) return index;
  throw refuse(`${file.path} has no column "${column}": it has ${file.columns.join(', ')}`);
}

function intervalMs(interval: string | undefined): number | null {
  if (interval === undefined) return null;
  const parsed = Duration.safeParse(interval);
  if (parsed.success && durationMs(parsed.data) > 0) return durationMs(parsed.data);
  throw refuse(`--interval ${interval}: write a duration like 5s, 15m or 1h`);
}

/** Times of rows that say none: `every` apart within their series. */
function rowTimes(groups: readonly number[], every: number | null): number[] {
  const rowsOf = new Map<number, number>();
  return groups.map((group) => {
    const before = rowsOf.get(group) ?? 0;
    rowsOf.set(group, before + 1);
    return START + before * (every ?? 0);
  });
}

function refuse(problem: string): RollcastError {
  return new RollcastError('INVALID_REQUEST', { problem });
}
