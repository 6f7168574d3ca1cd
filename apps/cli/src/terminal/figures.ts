/** @file Numbers as people read them. Pure. */

/** Three digits after the point: errors on the standardised scale. */
export function error(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : '-';
}

/** A share as a percentage; null and NaN: nothing to say. */
export function percent(share: number | null): string {
  return share === null || !Number.isFinite(share) ? '-' : `${(share * 100).toFixed(1)} %`;
}

/** 26115 is 26,115. */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** Seconds up to two minutes, then minutes. */
export function seconds(value: number): string {
  if (value < 9.95) return `${value.toFixed(1)} s`;
  if (value < 120) return `${Math.round(value)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Bytes in the unit that leaves one to four digits. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let left = value;
  while (left >= 1024 && unit < units.length - 1) {
    left /= 1024;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? Math.round(left) : left.toFixed(1)} ${units[unit]}`;
}

/** An ISO time without what is zero anyway: `2013-01-01 06:00`. */
export function minute(time: string): string {
  return time
    .replace('T', ' ')
    .replace(/Z$/, '')
    .replace(/\.000$/, '')
    .replace(/(:\d\d):00$/, '$1');
}
