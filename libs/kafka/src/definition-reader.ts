/** @file Stream definitions as a partition task sees them: a table that follows the topic `streams`.
 *
 *  Law (read your writes): a record that was produced after its stream's definition was acknowledged never meets an
 *  unknown stream. A table may lag, so before it says "unknown" of a record it is caught up once after the record was
 *  in the log; that is known by offsets, clocks may go back. Not more often: records of a stream that nobody defines must not cost a round trip each. */
import type { StreamDefinition } from '#contracts';

export interface DefinitionSource {
  /** The same object as long as the definition is the same. */
  get(stream: string): StreamDefinition | null;
  /** Resolves when everything that was acknowledged before the call is in the table.
   *  @param signal aborted when nobody waits any more: the promise then rejects */
  catchUp(signal?: AbortSignal): Promise<void>;
}

/** Definitions for the batches of one partition. */
export class DefinitionReader {
  readonly #source: DefinitionSource;
  readonly #signal: AbortSignal;
  /** Every record up to this offset was in the log when the table was last caught up. */
  #caughtUpTo = -1n;
  #batchEnd = -1n;

  /** @param signal aborted when the partition is given up */
  constructor(source: DefinitionSource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** @param last offset of the batch: all of its records are in the log already */
  beginBatch(last: bigint): void {
    this.#batchEnd = last;
  }

  /** The definition that a record of this batch is read by. */
  async find(stream: string): Promise<StreamDefinition | null> {
    const known = this.#source.get(stream);
    if (known !== null || this.#batchEnd <= this.#caughtUpTo) return known;
    await this.#source.catchUp(this.#signal);
    this.#caughtUpTo = this.#batchEnd;
    return this.#source.get(stream);
  }

  /** Without a look at the log: for what is decided at leisure. */
  peek(stream: string): StreamDefinition | null {
    return this.#source.get(stream);
  }
}
