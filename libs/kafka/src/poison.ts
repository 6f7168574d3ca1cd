/** @file Finds the one record that makes a task throw, and gives it up.
 *
 *  A batch that threw is replayed record by record on a freshly opened partition; the record that throws alone,
 *  twice, is the poison: the third opening writes what the task's `reject` says instead.
 *
 *  Law: a record is rejected only after it has thrown alone, twice, each time from a state restored from the log;
 *  a failure that does not come back costs nothing but the replay, and one of the world never counts. Pure: the
 *  runner and the in-memory log share it. */
import { RollcastError } from '#contracts';
import type { InputRecord } from './partition-task.js';

/** Openings on which the same record must have thrown alone. */
const STRIKES = 2;

export class PoisonWatch {
  /** Up to here (inclusive) records are processed one by one. */
  #singlyThrough: bigint | null = null;
  #suspect: { readonly offset: bigint; readonly strikes: number; readonly error: unknown } | null = null;

  /** How many records the batch that begins at `offset` may hold. */
  batchLimit(offset: bigint, usual: number): number {
    return this.#singlyThrough !== null && offset <= this.#singlyThrough ? 1 : usual;
  }

  /** The error to reject this record with; undefined: process it. */
  rejection(record: Pick<InputRecord, 'offset'>): { readonly error: unknown } | undefined {
    const suspect = this.#suspect;
    return suspect !== null && suspect.offset === record.offset && suspect.strikes >= STRIKES
      ? { error: suspect.error }
      : undefined;
  }

  /** `process` threw on this batch: the partition is to be opened again. */
  threw(batch: readonly Pick<InputRecord, 'offset'>[], error: unknown): void {
    const last = batch.at(-1)?.offset;
    const first = batch[0]?.offset;
    if (last === undefined || first === undefined) return;
    if (this.#singlyThrough === null || last > this.#singlyThrough) this.#singlyThrough = last;
    if (batch.length > 1) return;
    const strikes = this.#suspect?.offset === first ? this.#suspect.strikes + 1 : 1;
    this.#suspect = { offset: first, strikes, error };
  }

  /** Everything before `next` is committed. */
  committed(next: bigint): void {
    if (this.#suspect !== null && this.#suspect.offset < next) this.#suspect = null;
    if (this.#singlyThrough !== null && this.#singlyThrough < next) this.#singlyThrough = null;
  }
}

/** Does what a task threw say nothing about its records: the broker is away, the partition moved, the log is lost?
 *  Our own failures (INTERNAL, and whatever has no code) do: the same record would make them again, at every restart. */
export function isOfTheWorld(error: unknown): error is RollcastError {
  if (!(error instanceof RollcastError) || error.code === 'INTERNAL') return false;
  return error.fate === 'retry' || error.fate === 'release' || error.fate === 'crash';
}
