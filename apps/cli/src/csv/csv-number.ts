/** @file Numbers and gaps as CSV files write them. */

/** `unavailable` and `unknown` are what home automation writes. */
const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', 'nil', '-', '?', 'unavailable', 'unknown']);

/** Says the cell that nothing was observed? */
export function isMissing(cell: string): boolean {
  return MISSING.has(cell.toLowerCase());
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number in a cell; null: there is none. Where the delimiter is a semicolon a comma may be the decimal point. */
export function readNumber(cell: string, delimiter: string): number | null {
  const text = delimiter === ';' && /^[+-]?\d*,\d+$/.test(cell) ? cell.replace(',', '.') : cell;
  if (!NUMBER.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/** Most decimals that a stream may have. */
export const MOST_DECIMALS = 9;

/** Digits after the point that a value has, at most nine. A value that has more is taken for one that went through
 *  arithmetic, of single precision at worst, and that noise is not counted: 3.4523399999999995 has five digits,
 *  5.827000141143799 has three. */
export function decimalsOf(value: number): number {
  for (const tolerance of [0, 1e-7 * Math.abs(value)]) {
    for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
      if (Math.abs(Number(value.toFixed(decimals)) - value) <= tolerance) return decimals;
    }
  }
  return MOST_DECIMALS;
}

/** Whether a value of so many decimals is another one, by more than a hundredth. */
export function isLost(value: number, decimals: number): boolean {
  return Math.abs(Number(value.toFixed(decimals)) - value) > 0.01 * Math.abs(value);
}
