/** @file What one column of a CSV file holds, learnt cell by cell.
 *
 *  Law: every cell is exactly one of missing, number or text; `cells = missing + numbers + texts`. Dates like 05/04/2013
 *  are read day first and month first, until one cell decides; a column in which none does holds no times. */
import { decimalsOf, isMissing, readNumber } from './csv-number.js';
import { type DateOrder, isClock, readTime, timeForm, type WallClock } from './csv-time.js';

/** More distinct texts than this name no series, where the column is not said, nor called, to do so. */
export const MOST_CATEGORIES = 10_000;
/** The same of one that is: a column that counts millions of rows costs no more memory than that. */
export const MOST_NAMES = 1_000_000;

/** A column of numbers may hold fewer texts than this share of its cells (ERR, inf): they count as missing. */
const FEW_TEXTS = 0.01;

export interface Cell {
  readonly line: number;
  readonly cell: string;
}

export class ColumnProfile {
  readonly name: string;
  cells = 0;
  missing = 0;
  /** Cells that are neither a number nor missing, and the first of them. */
  texts = 0;
  firstText: Cell | null = null;
  /** In file order. */
  readonly numbers: number[] = [];
  /** How often a number was not the one before plus one; infinite when one began elsewhere than at 0 or 1. */
  #jumps = 0;
  /** Does a time of this column depend on the zone? */
  zoneless = false;
  /** The first cell whose meaning depends on the order of day and month. */
  firstOrdered: Cell | null = null;
  /** Distinct cells, in order of appearance; null: too many to be names. */
  categories: Map<string, number> | null = new Map();
  /** One a row: which category. */
  readonly codes: number[] = [];
  decimals = 0;

  /** Are all cells dates without a clock, or clocks without a date? */
  #datesOnly = true;
  #clocksOnly = true;
  readonly #day = new Timing('day');
  readonly #month = new Timing('month');
  readonly #delimiter: string;
  readonly #wallClock: WallClock;

  readonly #mostCategories: number;

  constructor(name: string, delimiter: string, wallClock: WallClock, mostCategories = MOST_CATEGORIES) {
    this.name = name;
    this.#mostCategories = mostCategories;
    this.#delimiter = delimiter;
    this.#wallClock = wallClock;
  }

  add(cell: string, line: number): void {
    this.cells += 1;
    this.#addTime(cell, line);
    this.#clocksOnly &&= isClock(cell);
    this.#addCategory(cell);
    if (isMissing(cell)) {
      this.missing += 1;
      return;
    }
    const number = readNumber(cell, this.#delimiter);
    if (number === null) {
      this.texts += 1;
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
    return this.numbers.length > 0 && this.texts <= FEW_TEXTS * this.cells;
  }

  get isTimes(): boolean {
    return this.cells > 0 && this.firstUntimely === null && !this.isAmbiguous;
  }

  get isDates(): boolean {
    return this.isTimes && this.#datesOnly;
  }

  get isClocks(): boolean {
    return this.cells > 0 && this.#clocksOnly;
  }

  /** Are all cells times both day first and month first, which are not the same? */
  get isAmbiguous(): boolean {
    return this.firstOrdered !== null && this.#day.failed === null && this.#month.failed === null;
  }

  /** What comes first in its dates; null where none needs it, or none decides. */
  get dateOrder(): DateOrder | null {
    return this.firstOrdered === null || this.isAmbiguous ? null : this.#timing.order;
  }

  /** One a row, as long as every cell is a time. */
  get times(): readonly number[] {
    return this.#timing.times;
  }

  /** The first cell that is no time. */
  get firstUntimely(): Cell | null {
    return this.#timing.failed;
  }

  /** Does it number the rows, from 0 or 1, anew for each series? That is no measurement. */
  numbersRows(seriesCount: number): boolean {
    const whole = this.numbers.length === this.cells && this.decimals === 0;
    return whole && this.numbers.length > 2 && this.#jumps < seriesCount;
  }

  /** The order that went farther; of equals day first. */
  get #timing(): Timing {
    return this.#day.times.length >= this.#month.times.length ? this.#day : this.#month;
  }

  #addTime(cell: string, line: number): void {
    if (this.firstUntimely !== null) return;
    const form = timeForm(cell);
    if (form?.ordered === true) this.firstOrdered ??= { line, cell };
    this.zoneless ||= form?.zoneless === true;
    this.#datesOnly &&= form?.dateOnly === true;
    for (const timing of [this.#day, this.#month]) {
      if (timing.failed === null) timing.add(readTime(cell, this.#wallClock, timing.order), { line, cell });
    }
  }

  #addCategory(cell: string): void {
    if (this.categories === null) return;
    const known = this.categories.get(cell);
    const code = known ?? this.categories.size;
    if (known === undefined) this.categories.set(cell, code);
    this.codes.push(code);
    if (this.categories.size > this.#mostCategories) {
      this.categories = null;
      this.codes.length = 0;
    }
  }
}

/** The times of a column under one order of day and month, until a cell is none. */
class Timing {
  readonly times: number[] = [];
  failed: Cell | null = null;

  constructor(readonly order: DateOrder) {}

  add(time: number | null, cell: Cell): void {
    if (time === null) this.failed = cell;
    else this.times.push(time);
  }
}
