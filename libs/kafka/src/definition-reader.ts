/** @file Stream definitions as a partition task sees them: a table that follows the topic `streams`.
 *
 *  Law (read your writes): a record that was produced after its stream's definition was acknowledged never meets an
 *  unknown stream. A table may lag, so before it says "unknown" of a record it is caught up once after the record was
 *  in the log. Not more often: records of a stream that nobody defines must not cost a round trip each. */
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
  /** Every record older than this was in the log when the table was last caught up. */
  #caughtUpTo = -Infinity;
  #batchEnd = -Infinity;
  #batchCaughtUp = false;

  /** @param signal aborted when the partition is given up */
  constructor(source: DefinitionSource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** @param latest greatest timestamp of the batch: all of its records are in the log already */
  beginBatch(latest: number): void {
    this.#batchEnd = latest;
    this.#batchCaughtUp = false;
  }

  /** The definition that a record of this batch is read by.
   *  @param timestamp of the record */
  async find(stream: string, timestamp: number): Promise<StreamDefinition | null> {
    const known = this.#source.get(stream);
    if (known !== null || this.#batchCaughtUp || timestamp < this.#caughtUpTo) return known;
    await this.#source.catchUp(this.#signal);
    this.#batchCaughtUp = true;
    this.#caughtUpTo = Math.max(this.#caughtUpTo, this.#batchEnd);
    return this.#source.get(stream);
  }

  /** Without a look at the log: for what is decided at leisure. */
  peek(stream: string): StreamDefinition | null {
    return this.#source.get(stream);
  }
}
