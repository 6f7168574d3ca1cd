/** @file Times as CSV files write them: a date, year first or last, with a clock of 24 or 12 hours or none, with an
 *  offset or without; seconds or milliseconds since 1970.
 *
 *  Law: a time with an offset means the same in every zone. One without is the zone's wall clock: an hour that
 *  the clock repeats is taken as the first, one that it skips goes on by the old offset (02:30 becomes 03:30).
 *  A date that ends in its year has its day first where dots stand in it (31.12.2013), else what the caller says.
 *  It refuses dates that no calendar has. The zones come from the platform's own table (Intl). */
import { RollcastError } from '#contracts';

/** Turns the reading of a wall clock (as if it were UTC, milliseconds) into UTC. */
export type WallClock = (wall: number) => number;

/** What comes first in a date like 05/04/2013. */
export type DateOrder = 'day' | 'month';

/** Why a cell is refused as a time, and what to write. */
export function noTime(cell: string): string {
  return `"${cell}" is no time: write 2013-01-31T06:00:00Z, 2013-01-31 06:00 or seconds since 1970`;
}

const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?(?: ?(?<half>[AP])M)?`;
const DATE = String.raw`(?:(?<year>\d{4})([-/.])(?<month>\d{1,2})\2(?<day>\d{1,2})|(?<first>\d{1,2})(?<mark>[-/.])(?<middle>\d{1,2})\k<mark>(?<last>\d{4}))`;
const OFFSET = String.raw`(?: ?(?<offset>Z|[+-]\d{2}(?::?\d{2})?))`;
const TEXT = new RegExp(`^${DATE}(?:(?:T|,? +)${CLOCK}${OFFSET}?)?$`, 'i');
const CLOCK_ALONE = new RegExp(`^${CLOCK}${OFFSET}?$`, 'i');

/** Milliseconds since 1970 UTC; null: the cell holds no time.
 *  @param order null: a date that needs one is none */
export function readTime(cell: string, wallClock: WallClock, order: DateOrder | null = null): number | null {
  if (/^\d{9,14}(\.\d+)?$/.test(cell)) return epochMs(Number(cell));
  const parts = TEXT.exec(cell)?.groups;
  if (parts === undefined) return null;
  const date = dateOf(parts, order);
  const clock = clockMs(parts);
  if (date === null || clock === null) return null;
  const { offset } = parts;
  return Math.floor(offset === undefined ? wallClock(date + clock) : date + clock - offsetMs(offset));
}

/** How a time is written; null: the cell holds no date in letters. */
export interface TimeForm {
  /** It depends on the zone it is read in. */
  readonly zoneless: boolean;
  /** It depends on what is said to come first. */
  readonly ordered: boolean;
  readonly dateOnly: boolean;
}

export function timeForm(cell: string): TimeForm | null {
  const parts = TEXT.exec(cell)?.groups;
  if (parts === undefined) return null;
  const ordered = parts['mark'] !== undefined && parts['mark'] !== '.';
  return { zoneless: parts['offset'] === undefined, ordered, dateOnly: parts['hour'] === undefined };
}

/** Does the cell say a time of day and no date? */
export function isClock(cell: string): boolean {
  return CLOCK_ALONE.test(cell);
}

type Parts = Readonly<Record<string, string | undefined>>;

/** Midnight of a date as if it were UTC, milliseconds. */
function dateOf(parts: Parts, order: DateOrder | null): number | null {
  let [year, month, day] = [parts['year'], parts['month'], parts['day']];
  if (year === undefined) {
    const effective = parts['mark'] === '.' ? 'day' : order;
    if (effective === null) return null;
    year = parts['last'];
    [day, month] =
      effective === 'day' ? [parts['first'], parts['middle']] : [parts['middle'], parts['first']];
  }
  // Date.UTC takes the years 0 to 99 for those from 1900 on: the date that it has made tells.
  const real = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isReal =
    real.getUTCFullYear() === Number(year) &&
    real.getUTCMonth() === Number(month) - 1 &&
    real.getUTCDate() === Number(day);
  return isReal ? real.getTime() : null;
}

/** Milliseconds since midnight; null: no clock says so. */
function clockMs({ hour = '0', minute = '0', second = '0', fraction = '0', half }: Parts): number | null {
  let hours = Number(hour);
  if (half !== undefined) {
    if (hours < 1 || hours > 12) return null;
    hours = (hours % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
  }
  if (hours > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  return ((hours * 60 + Number(minute)) * 60 + Number(second) + Number(`0.${fraction}`)) * 1_000;
}

/** Seconds have at most 11 digits until the year 5138; milliseconds had 12 by 1973. */
function epochMs(number: number): number {
  return Math.round(number < 1e11 ? number * 1_000 : number);
}

function offsetMs(offset: string): number {
  if (offset.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(3).replace(':', '') || 0)];
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** The wall clock of an IANA zone.
 *  @throws INVALID_REQUEST when there is no such zone */
export function wallClockOf(zone: string): WallClock {
  if (zone === 'UTC') return (wall) => wall;
  const offsetAt = offsetsOf(zone);
  const day = 86_400_000;
  return (wall) => {
    // Zones change at most once in two days: these are the offsets before and after a change near `wall`.
    const before = offsetAt(wall - day);
    const after = offsetAt(wall + day);
    const first = wall - Math.max(before, after);
    const second = wall - Math.min(before, after);
    if (offsetAt(first) === wall - first) return first;
    return offsetAt(second) === wall - second ? second : wall - before;
  };
}

/** Offset of a zone (wall clock minus UTC, milliseconds) at a time of UTC. */
function offsetsOf(zone: string): (time: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    const problem = `"${zone}" is no time zone: write one like Europe/Berlin or America/New_York`;
    throw new RollcastError('INVALID_REQUEST', { problem }, error);
  }
  // Formatting costs microseconds and offsets change on quarters of an hour.
  const quarter = 900_000;
  const known = new Map<number, number>();
  return (time) => {
    const index = Math.floor(time / quarter);
    const cached = known.get(index);
    if (cached !== undefined) return cached;
    const begin = index * quarter;
    const parts = Object.fromEntries(format.formatToParts(begin).map(({ type, value }) => [type, value]));
    const number = (type: string) => Number(parts[type]);
    const wall = Date.UTC(
      number('year'),
      number('month') - 1,
      number('day'),
      number('hour'),
      number('minute'),
      number('second'),
    );
    const offset = wall - begin;
    known.set(index, offset);
    return offset;
  };
}
