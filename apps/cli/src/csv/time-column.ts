/** @file Where the times of a file stand, and how they are read.
 *
 *  The rule: the column that a person names; else, of those in which every cell is a time, the one that is called like
 *  it, then the leftmost; a column of numbers only if it is called so, since a counter may look like seconds. Where it
 *  holds dates alone and another column holds clocks alone, the two are one time.
 *
 *  Law: what was assumed is noted.
 *  It refuses what it cannot read with a sentence that says what to write, and dates of which no cell tells whether
 *  the day or the month comes first. */
import { RollcastError } from '#contracts';
import { type Cell, ColumnProfile } from './column-profile.js';
import { badCell, columnIndex, type CsvFile } from './csv-file.js';
import type { CsvHints } from './csv-hints.js';
import { timeText } from './csv-layout.js';
import { noTime, readTime, type WallClock } from './csv-time.js';

export interface TimeColumn {
  /** One, or that of the dates and that of the clocks. */
  readonly columns: readonly number[];
  /** One a row. */
  readonly times: readonly number[];
  /** The time in the joined cells of a row, milliseconds. */
  readonly read: (text: string) => number | null;
}

/** @returns null: no column says the time, and the rows are as far apart as a person says
 *  @throws BAD_CSV, INVALID_REQUEST */
export async function timeColumn(
  file: CsvFile,
  profiles: readonly ColumnProfile[],
  hints: CsvHints,
  wallClock: WallClock,
  notes: string[],
): Promise<TimeColumn | null> {
  const index = hints.time === undefined ? guessed(file, profiles, hints) : named(file, profiles, hints.time);
  if (index === null) return null;
  const dates = profiles[index] as ColumnProfile;
  const clock = dates.isDates ? profiles.findIndex((column) => column.isClocks) : -1;
  const columns = clock < 0 ? [index] : [index, clock];
  const profile = clock < 0 ? dates : await joined(file, columns, wallClock);
  notes.push(
    clock < 0
      ? `times: column "${profile.name}"`
      : `times: columns "${file.columns[index]}" and "${file.columns[clock]}", joined`,
  );
  const order = profile.dateOrder;
  if (order !== null) notes.push(`its dates are read with the ${order} first: no other reading fits all`);
  if (profile.zoneless) {
    notes.push(
      hints.tz === undefined
        ? 'its times have no offset: they are read as UTC (--tz says another zone)'
        : `its times have no offset: they are read in ${hints.tz}`,
    );
  }
  return { columns, times: profile.times, read: (text) => readTime(text, wallClock, order) };
}

const CALLED = /time|date|stamp|^ts$/i;

function named(file: CsvFile, profiles: readonly ColumnProfile[], name: string): number {
  const index = columnIndex(file, name);
  const profile = profiles[index] as ColumnProfile;
  if (!profile.isTimes) throw untimely(file, profile);
  return index;
}

function guessed(file: CsvFile, profiles: readonly ColumnProfile[], hints: CsvHints): number | null {
  const isCalled = (profile: ColumnProfile) => CALLED.test(profile.name);
  const found = profiles
    .filter((profile) => profile.isTimes && (isCalled(profile) || !profile.isNumeric))
    .sort((left, right) => Number(isCalled(right)) - Number(isCalled(left)))[0];
  if (found !== undefined) return profiles.indexOf(found);
  if (hints.interval !== undefined) return null;
  const nearly = profiles.find((profile) => {
    const begins = profile.isAmbiguous || profile.times.length > 0;
    return profile.isNumeric ? isCalled(profile) && begins : isCalled(profile) || begins;
  });
  if (nearly !== undefined) throw untimely(file, nearly);
  const unnamed = profiles.find((profile) => profile.isTimes);
  const problem =
    unnamed === undefined
      ? `no column of ${file.path} holds times: say how far apart its rows are, --interval 1h`
      : `no column of ${file.path} is called like a time: if "${unnamed.name}" holds seconds since 1970, say --time ${unnamed.name}; else how far apart its rows are, --interval 1h`;
  throw new RollcastError('INVALID_REQUEST', { problem });
}

/** Why a column holds no times. */
function untimely(file: CsvFile, { name, isAmbiguous, firstOrdered, firstUntimely }: ColumnProfile) {
  const { line, cell } = (isAmbiguous ? firstOrdered : firstUntimely) as Cell;
  const problem = isAmbiguous
    ? `"${cell}": no date of the column tells whether the day or the month comes first: write 2013-01-31`
    : noTime(cell);
  return badCell(file.path, line, name, problem);
}

/** Two columns as one; the file is read again for them.
 *  @throws BAD_CSV where a row of the two is no time */
async function joined(
  file: CsvFile,
  columns: readonly number[],
  wallClock: WallClock,
): Promise<ColumnProfile> {
  const name = columns.map((column) => file.columns[column]).join(' ');
  const profile = new ColumnProfile(name, file.delimiter, wallClock);
  for await (const { line, cells } of file.rows()) profile.add(timeText(columns, cells), line);
  if (!profile.isTimes) throw untimely(file, profile);
  return profile;
}
