/** @file How measured values, counts and shares are written: steady width, a true minus, never more digits than say
 *  something. */

const SIGNIFICANT = 5;
const MINUS = '−';

/** A value with at most the channel's decimals and four or five significant digits.
 *  @param decimals digits after the point on the wire, 0 to 9 */
export function formatValue(value: number, decimals: number): string {
  const before = Math.abs(value) < 1 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  // A small value of a channel with many decimals keeps its leading zeros and four digits after them.
  const leading = value === 0 || Math.abs(value) >= 1 ? 0 : -Math.floor(Math.log10(Math.abs(value))) - 1;
  const digits = Math.max(0, Math.min(decimals, SIGNIFICANT - before + leading));
  return withMinus(value.toFixed(digits));
}

/** Tick labels of one value axis, all with the same digits, as many as their distance needs.
 *  @param ticks ascending and evenly apart */
export function formatTicks(ticks: readonly number[]): string[] {
  const apart = ticks.length > 1 ? ticks[1]! - ticks[0]! : 1;
  const decimals = Math.min(9, Math.max(0, -Math.floor(Math.log10(apart) + 1e-9)));
  // 2.5 apart needs one digit although its power of ten needs none.
  const digits = isWhole(apart * 10 ** decimals) ? decimals : decimals + 1;
  return ticks.map((tick) => withMinus(tick.toFixed(digits)));
}

/** A whole number in groups of three. @example formatCount(26115) = '26,115' */
export function formatCount(count: number): string {
  return String(Math.trunc(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** An error or loss on the standardised scale. */
export function formatError(value: number): string {
  return withMinus(value.toFixed(3));
}

/** A share of one as percent. @example formatShare(0.904) = '90.4 %' */
export function formatShare(share: number): string {
  return withMinus(`${(share * 100).toFixed(1)} %`);
}

/** Bytes in binary units. @example formatBytes(1_572_864) = '1.5 MiB' */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

function withMinus(text: string): string {
  if (!text.startsWith('-')) return text;
  return /[1-9]/.test(text) ? MINUS + text.slice(1) : text.slice(1);
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-6;
}
