/** @file What one column of a CSV file holds, learnt cell by cell.
 *
 *  Law: every cell is exactly one of missing, number or text; `cells = missing + numbers + texts`. */
import { decimalsOf, isMissing, readNumber } from './csv-number.js';
import { needsZone, readTime, type WallClock } from './csv-time.js';

/** More distinct texts than this name no series. */
export const MOST_CATEGORIES = 10_000;

export class ColumnProfile {
  readonly name: string;
  cells = 0;
  missing = 0;
  /** In file order. */
  readonly numbers: number[] = [];
  /** How often a number was not the one before plus one; infinite when one began elsewhere than at 0 or 1. */
  #jumps = 0;
  /** The first cell that is neither a number nor missing. */
  firstText: { readonly line: number; readonly cell: string } | null = null;
  /** The first cell that is no time. */
  firstUntimely: { readonly line: number; readonly cell: string } | null = null;
  /** One a row, as long as every cell is a time. */
  readonly times: number[] = [];
  /** Does a time of this column depend on the zone? */
  zoneless = false;
  /** Distinct cells, in order of appearance; null: too many to be names. */
  categories: Map<string, number> | null = new Map();
  /** One a row: which category. */
  readonly codes: number[] = [];
  decimals = 0;

  readonly #delimiter: string;
  readonly #wallClock: WallClock;

  constructor(name: string, delimiter: string, wallClock: WallClock) {
    this.name = name;
    this.#delimiter = delimiter;
    this.#wallClock = wallClock;
  }

  add(cell: string, line: number): void {
    this.cells += 1;
    this.#addTime(cell, line);
    this.#addCategory(cell);
    if (isMissing(cell)) {
      this.missing += 1;
      return;
    }
    const number = readNumber(cell, this.#delimiter);
    if (number === null) {
      this.firstText ??= { line, cell };
      return;
    }
    const before = this.numbers.at(-1);
    if (before !== undefined && number !== before + 1)
      this.#jumps += number === 0 || number === 1 ? 1 : Infinity;
    if (this.decimals < 9) this.decimals = Math.max(this.decimals, decimalsOf(number));
    this.numbers.push(number);
  }

  get isNumeric(): boolean {
    return this.firstText === null && this.numbers.length > 0;
  }

  get isTimes(): boolean {
    return this.firstUntimely === null && this.cells > 0;
  }

  /** Does it number the rows, from 0 or 1, anew for each series? That is no measurement. */
  numbersRows(seriesCount: number): boolean {
    const whole = this.isNumeric && this.missing === 0 && this.decimals === 0;
    return whole && this.numbers.length > 2 && this.#jumps < seriesCount;
  }

  #addTime(cell: string, line: number): void {
    if (this.firstUntimely !== null) return;
    const time = readTime(cell, this.#wallClock);
    if (time === null) {
      this.firstUntimely = { line, cell };
      return;
    }
    this.zoneless ||= needsZone(cell);
    this.times.push(time);
  }

  #addCategory(cell: string): void {
    if (this.categories === null) return;
    const known = this.categories.get(cell);
    const code = known ?? this.categories.size;
    if (known === undefined) this.categories.set(cell, code);
    this.codes.push(code);
    if (this.categories.size > MOST_CATEGORIES) {
      this.categories = null;
      this.codes.length = 0;
    }
  }
}
