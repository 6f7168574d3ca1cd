/** @file How times and durations are written. Law: always UTC, whatever the browser's zone; whoever shows a time says
 *  so once beside it. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const two = (value: number) => String(value).padStart(2, '0');
const day = (date: Date) => `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;

/** Hours and minutes; seconds (and milliseconds) only where the time has them. */
export function clock(ms: number): string {
  const date = new Date(ms);
  const minutes = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  if (ms % MINUTE_MS === 0) return minutes;
  const seconds = `${minutes}:${two(date.getUTCSeconds())}`;
  return ms % 1_000 === 0 ? seconds : `${seconds}.${String(date.getUTCMilliseconds()).padStart(3, '0')}`;
}

/** Day, month and clock, for places where the year is plain. */
export function dayAndClock(ms: number): string {
  return `${day(new Date(ms))} ${clock(ms)}`;
}

/** The whole time with its zone. @example fullTime(0) = '1 Jan 1970 00:00 UTC' */
export function fullTime(ms: number): string {
  const date = new Date(ms);
  return `${day(date)} ${date.getUTCFullYear()} ${clock(ms)} UTC`;
}

/** A moment on a wall clock, to the second: more says nothing to people. */
export function wallTime(ms: number): string {
  return fullTime(Math.floor(ms / 1_000) * 1_000);
}

/** Labels under a time axis: the day where one begins, else the clock; the year where the ticks are that far apart.
 *  @param ticks ascending, ms */
export function axisLabels(ticks: readonly number[]): string[] {
  const apart = ticks.length > 1 ? ticks[1]! - ticks[0]! : 0;
  return ticks.map((tick) => {
    const date = new Date(tick);
    if (tick % DAY_MS !== 0) return clock(tick);
    return apart > 80 * DAY_MS ? `${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}` : day(date);
  });
}

/** A duration as people say it, two units at most. @param seconds not negative */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}
