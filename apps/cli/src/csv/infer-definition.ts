/** @file A stream's definition from a CSV file: what its columns are, how often it is measured, what is plausible.
 *
 *  Law: whoever says a column gets that column; the rest is guessed by rules that the notes name, so that a
 *  person can disagree. The same file gives the same definition. It reads the file once and keeps its numbers in
 *  memory (a million rows of ten columns: some hundred megabytes).
 *  It refuses a file without rows, without times (unless an interval is given) and without numbers. */
import {
  describeIssues,
  Duration,
  durationMs,
  formatDuration,
  RollcastError,
  StreamDefinition,
  type StreamDefinitionInput,
} from '#contracts';
import { ColumnProfile, MOST_CATEGORIES, MOST_NAMES } from './column-profile.js';
import { channelColumns } from './channel-columns.js';
import { columnIndex, type CsvFile } from './csv-file.js';
import { isLost, MOST_DECIMALS } from './csv-number.js';
import type { CsvHints } from './csv-hints.js';
import type { CsvLayout } from './csv-layout.js';
import { wallClockOf } from './csv-time.js';
import { plausibleRange } from './plausible-range.js';
import { isNameLike, refine, repetitions, seriesColumns } from './series-columns.js';
import { timeColumn } from './time-column.js';
import { stepReader } from './nearest-step.js';
import { type TimeSteps, timeSteps } from './time-steps.js';

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
  const columns = file.columns.map((name) => {
    const namesSeries = hints.series?.includes(name) === true || isNameLike({ name });
    return new ColumnProfile(name, file.delimiter, wallClock, namesSeries ? MOST_NAMES : MOST_CATEGORIES);
  });
  for await (const { line, cells } of file.rows()) {
    columns.forEach((column, index) => column.add(cells[index] ?? '', line));
  }
  const rows = columns[0]?.cells ?? 0;
  if (rows === 0) throw refuse(`${file.path} has no rows below its header`);

  const notes: string[] = [];
  const time = await timeColumn(file, columns, hints, wallClock, notes);
  const series =
    hints.series?.map((name) => columnIndex(file, name)) ?? seriesColumns(columns, time?.times ?? null);
  const groups = series.reduce<readonly number[]>(
    (split, index) => refine(split, columns[index]?.codes ?? []),
    Array.from({ length: rows }, () => 0),
  );
  const seriesCount = new Set(groups).size;
  if (series.length > 0)
    notes.push(
      `series: ${seriesCount}, named by ${series.map((index) => `column "${file.columns[index]}"`).join(' and ')}`,
    );
  if (time !== null) noteRepetitions(repetitions(time.times, groups), series.length > 0, notes);
  const every = intervalMs(hints.interval);
  const times = time?.times ?? rowTimes(groups, every);
  const steps = timeSteps(times, (row) => groups[row] ?? 0);
  const frequency = every ?? steps.frequency;
  if (frequency === null)
    throw refuse('every series has a single time: say how often it is measured, --interval 1h');
  if (every === null) noteScatter(steps, frequency, notes);
  const onStep = stepReader(times, groups, frequency, steps, notes);
  const taken = [...(time?.columns ?? []), ...series];
  const channelsAt = channelColumns(file, columns, taken, seriesCount, hints, notes);
  const layout: CsvLayout = {
    stream: hints.stream,
    time:
      time === null
        ? { every: frequency, start: START }
        : {
            columns: time.columns,
            read: (text) => {
              const ms = time.read(text);
              return ms === null ? null : onStep(ms);
            },
          },
    series,
    channels: channelsAt.map((column) => ({
      name: file.columns[column] ?? '',
      column,
      textIsMissing: (columns[column]?.texts ?? 0) > 0,
    })),
  };
  const channels = channelsAt.map((index) => channelOf(columns[index] as ColumnProfile, notes));
  const definition = define(hints, channels, frequency, steps.disorder, notes);
  return { definition, layout, rows, seriesCount, first: steps.first, last: steps.last, notes };
}

function noteRepetitions(rows: number, named: boolean, notes: string[]): void {
  if (rows === 0) return;
  const which =
    rows === 1 ? '1 row repeats a time of its series' : `${rows} rows repeat times of their series`;
  const advice = named ? '' : ' (if a column tells series apart, say --series)';
  notes.push(`${which}: of each time the last row counts${advice}`);
}

function noteScatter({ scatter, regular }: TimeSteps, frequency: number, notes: string[]): void {
  if (scatter === 0) return;
  const taken = formatDuration(frequency);
  notes.push(
    regular
      ? `times scatter by up to ${formatDuration(roundedUp(scatter))} round ${taken}: that is the frequency (--interval says another)`
      : `times come at no fixed distance, half of them ${taken} apart or less: that is the frequency (--interval says another)`,
  );
}

/** Rounded up to whole days, hours, minutes or seconds, the longest of them that it reaches; milliseconds. */
function roundedUp(value: number): number {
  const unit = [86_400_000, 3_600_000, 60_000, 1_000].find((one) => one <= value) ?? 1;
  return Math.ceil(value / unit) * unit;
}

function channelOf(column: ColumnProfile, notes: string[]): StreamDefinitionInput['channels'][number] {
  const range = plausibleRange(column.numbers);
  if (range !== null) {
    const outside = column.numbers.filter((value) => value < range.min || value > range.max);
    if (outside.length > 0) {
      const some = outside.slice(0, 3).join(', ');
      const which = outside.length === 1 ? '1 value lies' : `${outside.length} values lie`;
      notes.push(
        `channel "${column.name}": ${which} outside ${range.min} to ${range.max} (${some}): left out as if not observed; replayed, they become dead letters`,
      );
    }
  }
  const lost = column.numbers.filter((value) => isLost(value, column.decimals));
  if (lost.length > column.numbers.length / 2) {
    notes.push(
      `channel "${column.name}": values like ${lost[0]} are too small for the ${MOST_DECIMALS} decimals that are kept, and become ${Number(lost[0]?.toFixed(MOST_DECIMALS))}: write it in a smaller unit`,
    );
  }
  return { name: column.name, decimals: column.decimals, ...range };
}

/** Nothing is closed for longer than this many steps, however wild the order of a file is. */
const MOST_LATENESS = 100;

function define(
  hints: CsvHints,
  channels: StreamDefinitionInput['channels'],
  frequency: number,
  disorder: number,
  notes: string[],
): StreamDefinition {
  const asked = hints.definition ?? {};
  const lateness = Math.min(disorder, MOST_LATENESS * frequency);
  if (disorder > 0) {
    notes.push(
      `rows go back in time by up to ${formatDuration(disorder)}: the lateness is ${formatDuration(lateness)}`,
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
  throw refuse(`the definition found in the file is refused: ${describeIssues(parsed.error)}`);
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
