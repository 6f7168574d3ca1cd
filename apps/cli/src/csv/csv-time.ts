/** @file Times as CSV files write them: ISO with or without an offset, a date alone, seconds or milliseconds since
 *  1970.
 *
 *  Law: a time with an offset means the same in every zone. One without is the zone's wall clock: an hour that
 *  the clock repeats is taken as the first, one that it skips goes on by the old offset (02:30 becomes 03:30).
 *  It refuses dates that no calendar has. The zones come from the platform's own table (Intl). */
import { RollcastError } from '#contracts';

/** Turns the reading of a wall clock (as if it were UTC, milliseconds) into UTC. */
export type WallClock = (wall: number) => number;

const TEXT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** Milliseconds since 1970 UTC; null: the cell holds no time. */
export function readTime(cell: string, wallClock: WallClock): number | null {
  if (/^\d{9,14}(\.\d+)?$/.test(cell)) return epochMs(Number(cell));
  const match = TEXT.exec(cell);
  if (match === null) return null;
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(part) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const wall = Date.UTC(year, month - 1, day, hour, minute, second) + Number(`0.${match[7] ?? 0}`) * 1_000;
  const real = new Date(wall);
  if (
    real.getUTCMonth() !== month - 1 ||
    real.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    return null;
  }
  const offset = match[8];
  return Math.floor(offset === undefined ? wallClock(wall) : wall - offsetMs(offset));
}

/** Is this cell a time that depends on the zone it is read in? */
export function needsZone(cell: string): boolean {
  const match = TEXT.exec(cell);
  return match !== null && match[8] === undefined;
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
