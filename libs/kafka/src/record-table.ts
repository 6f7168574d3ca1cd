/** @file A compacted topic of JSON as what its records say: bytes in the table, values out.
 *
 *  Law: a key gives the same object until its record changes. A record that is none (somebody wrote to the topic by
 *  hand), or that stands under the key of another, is told to `onRefused` once; it stops nothing and hides no other. */
import { describeError, describeIssues } from '#contracts';
import type { z } from 'zod';

/** What is needed of a compacted topic; `CompactedTable` has it. */
export interface BytesTable {
  get(key: string): Buffer | undefined;
  entries(): ReadonlyMap<string, Buffer>;
  catchUp(signal?: AbortSignal): Promise<void>;
}

/** Reads the record of a key.
 *  @returns a text: what is wrong with it */
export type RecordReader<T extends object> = (key: string, bytes: Buffer) => T | string;

/** A reader of JSON.
 *  @param keyOf the only key under which a value may stand */
export function recordReader<T extends object>(
  schema: z.ZodType<T>,
  keyOf: (value: T) => string,
): RecordReader<T> {
  return (key, bytes) => {
    let json: unknown;
    try {
      json = JSON.parse(bytes.toString());
    } catch (error) {
      return `it is not JSON: ${describeError(error)}`;
    }
    const parsed = schema.safeParse(json);
    if (!parsed.success) return describeIssues(parsed.error);
    const own = keyOf(parsed.data);
    return own === key ? parsed.data : `its own key is "${own}"`;
  };
}

export class RecordTable<T extends object> {
  readonly #table: BytesTable;
  readonly #reader: RecordReader<T>;
  readonly #onRefused: (key: string, problem: string) => void;
  // By the bytes themselves: a new record is a new buffer.
  readonly #read = new WeakMap<Buffer, T | null>();

  /** @param onRefused the record's key and what is wrong with it */
  constructor(table: BytesTable, reader: RecordReader<T>, onRefused: (key: string, problem: string) => void) {
    this.#table = table;
    this.#reader = reader;
    this.#onRefused = onRefused;
  }

  get(key: string): T | null {
    const bytes = this.#table.get(key);
    return bytes === undefined ? null : this.#value(key, bytes);
  }

  /** Only records under such keys are read. */
  *all(prefix = ''): Iterable<T> {
    for (const [key, bytes] of this.#table.entries()) {
      if (!key.startsWith(prefix)) continue;
      const value = this.#value(key, bytes);
      if (value !== null) yield value;
    }
  }

  /** Settles when everything that was acknowledged before is in the table. */
  catchUp(signal?: AbortSignal): Promise<void> {
    return this.#table.catchUp(signal);
  }

  #value(key: string, bytes: Buffer): T | null {
    const known = this.#read.get(bytes);
    if (known !== undefined) return known;
    const found = this.#reader(key, bytes);
    if (typeof found === 'string') this.#onRefused(key, found);
    const value = typeof found === 'string' ? null : found;
    this.#read.set(bytes, value);
    return value;
  }
}
