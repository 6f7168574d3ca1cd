/** @file What was fetched of a partition and not yet processed: bounded, in order, without holes.
 *
 *  Law: records come out once each, in offset order, from the position given at the start. A fetch that begins
 *  behind what is expected is a hole (kafkajs resets a position that retention has overtaken) and is refused. */
import type { InputRecord } from './partition-task.js';
import { recordBytes } from './record.js';

export interface QueueLimits {
  /** Above either the partition is paused; below half of both it goes on. */
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export class InputQueue {
  readonly #limits: QueueLimits;
  #records: InputRecord[] = [];
  #bytes = 0;
  /** Offset expected next from a fetch, markers skipped. */
  #fetchNext: bigint;
  #endOffset: bigint;

  constructor(next: bigint, limits: QueueLimits) {
    this.#limits = limits;
    this.#fetchNext = next;
    this.#endOffset = next;
  }

  get length(): number {
    return this.#records.length;
  }

  get fetchNext(): bigint {
    return this.#fetchNext;
  }

  get isFull(): boolean {
    return this.#records.length >= this.#limits.maxRecords || this.#bytes >= this.#limits.maxBytes;
  }

  get hasRoom(): boolean {
    return this.#records.length * 2 <= this.#limits.maxRecords && this.#bytes * 2 <= this.#limits.maxBytes;
  }

  /** Records not yet processed, fetched or not. Markers that lie ahead count as one record each. */
  get lag(): bigint {
    const ahead = this.#endOffset > this.#fetchNext ? this.#endOffset - this.#fetchNext : 0n;
    return BigInt(this.#records.length) + ahead;
  }

  /** Takes a fetch in; what lies before the position is dropped.
   *  @returns false for a hole: nothing was taken */
  push(records: readonly InputRecord[], fetch: { from: bigint; next: bigint; endOffset: bigint }): boolean {
    if (fetch.from > this.#fetchNext) return false;
    for (const record of records) {
      if (record.offset < this.#fetchNext) continue;
      this.#records.push(record);
      this.#bytes += recordBytes(record);
    }
    if (fetch.next > this.#fetchNext) this.#fetchNext = fetch.next;
    if (fetch.endOffset > this.#endOffset) this.#endOffset = fetch.endOffset;
    return true;
  }

  /** Only markers lay up to `next`. */
  skip(next: bigint): void {
    if (next > this.#fetchNext) this.#fetchNext = next;
  }

  first(): InputRecord | undefined {
    return this.#records[0];
  }

  /** The next batch: at most `maxRecords`, and no more bytes than `maxBytes` after the first. */
  take(maxRecords: number, maxBytes: number): InputRecord[] {
    let count = 0;
    let bytes = 0;
    for (const record of this.#records) {
      const size = recordBytes(record);
      if (count >= maxRecords || (count > 0 && bytes + size > maxBytes)) break;
      count += 1;
      bytes += size;
    }
    this.#bytes -= bytes;
    return this.#records.splice(0, count);
  }
}
