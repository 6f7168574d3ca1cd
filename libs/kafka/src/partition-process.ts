/** @file One partition in this process: opened from the log, then a loop of its own, until the first error or its end.
 *
 *  The client's fetch loop only appends to the queue; work and transactions happen here.
 *
 *  Law: outputs, changed state and position are one transaction. After any error everything is dropped (`done`
 *  rejects) and nothing is retried in memory. A step that has begun is finished also when the partition is given
 *  up, so that the next owner finds no open transaction. */
import { RollcastError } from '#contracts';
import { commitRecords, positionAfter, type Position } from './changelog.js';
import { InputQueue, type QueueLimits } from './input-queue.js';
import { openFromLog, type OpeningContext } from './partition-opening.js';
import type { InputRecord, OpenPartition, OutputRecord, TaskOutput } from './partition-task.js';
import { isOfTheWorld, type PoisonWatch } from './poison.js';
import { copyRecord } from './record.js';
import { firstOversized, sizeOf } from './split-sends.js';
import type { FetchedBatch } from './supervised-consumer.js';
import type { PartitionTransactions } from './transaction.js';

/** How much one transaction takes, and how much may wait. */
export interface BatchLimits extends QueueLimits {
  readonly batchRecords: number;
  readonly batchBytes: number;
}

/** What a commit was, for metrics. */
export interface CommittedBatch {
  readonly partition: number;
  readonly records: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Next input offset. */
  readonly next: bigint;
  readonly lag: bigint;
  /** What the task wrote, its changelog apart. */
  readonly written: readonly OutputRecord[];
  /** From the start of `process` to the end of the commit. */
  readonly durationMs: number;
}

/** What a process needs of its runner. */
export interface ProcessContext extends OpeningContext {
  readonly batchLimits: BatchLimits;
  /** Outlives the process: it knows what the ones before died of. */
  readonly poison: PoisonWatch;
  readonly startFeed: (next: bigint) => void;
  readonly stopFeed: () => void;
  readonly onOpened: () => void;
  readonly onCommitted: (batch: CommittedBatch) => void;
}

export class PartitionProcess {
  readonly #context: ProcessContext;
  readonly #giveUp = new AbortController();
  #queue: InputQueue | null = null;
  #position: Position | null = null;
  #feedStopped = false;
  #busy = false;
  #failure: RollcastError | null = null;
  #wake: () => void = () => undefined;
  /** Settles when everything is closed; rejects with what ended the process, unless it was given up. */
  readonly done: Promise<void>;

  constructor(context: ProcessContext) {
    this.#context = context;
    this.done = this.#run();
    // The runner looks at it later; until then it must not count as unhandled.
    this.done.catch(() => undefined);
  }

  /** Where the fetch goes on after a join; null: it must stay paused. */
  get feedNext(): bigint | null {
    return this.#queue === null || this.#feedStopped ? null : this.#queue.fetchNext;
  }

  get isOpen(): boolean {
    return this.#queue !== null;
  }

  /** The offset to show as the group's; null: nothing was ever committed. When idle, markers are skipped. */
  get shownOffset(): bigint | null {
    if (this.#position === null) return null;
    const idle = this.#queue?.length === 0 && !this.#busy;
    return idle ? (this.#queue?.fetchNext ?? this.#position.next) : this.#position.next;
  }

  get lag(): bigint | null {
    return this.#queue?.lag ?? null;
  }

  /** Finishes the step that has begun and closes; `done` tells when. */
  release(): void {
    this.#giveUp.abort();
    this.#wake();
  }

  /** Takes a fetch of the live consumer in.
   *  @returns the offset to fetch next; null: leave it where it is */
  push(batch: FetchedBatch): bigint | null {
    const queue = this.#queue;
    if (queue === null || this.#feedStopped || this.#giveUp.signal.aborted) return null;
    const { partition, task, stopFeed } = this.#context;
    const records = batch.messages.map((message) => copyRecord(task.inputTopic, partition, message));
    const fetch = { from: batch.fetchedFrom, next: batch.next, endOffset: batch.endOffset };
    const details = { topic: task.inputTopic, partition, from: queue.fetchNext };
    if (batch.fetchedFrom < queue.fetchNext && batch.endOffset < queue.fetchNext) {
      return this.#refuse(new RollcastError('INPUT_LOST', { ...details, end: batch.endOffset }));
    }
    if (!queue.push(records, fetch)) {
      return this.#refuse(new RollcastError('RETENTION_GAP', { ...details, low: batch.fetchedFrom }));
    }
    if (queue.isFull) {
      this.#feedStopped = true;
      stopFeed();
    }
    this.#wake();
    return batch.next;
  }

  /** The client has reset a position that the log no longer holds. */
  #refuse(error: RollcastError): null {
    this.#failure = error;
    this.release();
    return null;
  }

  /** Only transaction markers lay up to `next`. */
  skipped(next: bigint): void {
    if (!this.#feedStopped) this.#queue?.skip(next);
  }

  async #run(): Promise<void> {
    const { signal } = this.#giveUp;
    let transactions: PartitionTransactions | null = null;
    let open: OpenPartition | null = null;
    try {
      const opened = await openFromLog(this.#context, signal);
      transactions = opened.transactions;
      open = await this.#context.task.open(opened.restored);
      this.#position = opened.restored.position;
      if (!signal.aborted) {
        this.#queue = new InputQueue(opened.next, this.#context.batchLimits);
        this.#context.onOpened();
        this.#context.startFeed(opened.next);
        await this.#loop(this.#queue, open, transactions);
      }
    } catch (error) {
      // Given up on purpose: whatever the last step met is no news.
      if (!signal.aborted) throw error;
    } finally {
      this.#giveUp.abort();
      open?.close?.();
      await transactions?.close();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  async #loop(queue: InputQueue, open: OpenPartition, transactions: PartitionTransactions): Promise<void> {
    const { poison, batchLimits, partition, limits, onCommitted } = this.#context;
    while (!this.#giveUp.signal.aborted) {
      const first = queue.first();
      if (first === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#busy = true;
      const startedAt = performance.now();
      const records = poison.batchLimit(first.offset, batchLimits.batchRecords);
      const batch = queue.take(records, batchLimits.batchBytes);
      const { output, position, writes } = await this.#work(open, batch);
      const limitOf = await limits.load(writes.map(({ topic }) => topic));
      const written = await transactions.commit(writes, limitOf);
      this.#position = position;
      poison.committed(position.next);
      open.committed?.(written);
      this.#busy = false;
      onCommitted({
        partition,
        records: batch.length,
        counts: output.counts,
        next: position.next,
        lag: queue.lag,
        written: output.records,
        durationMs: performance.now() - startedAt,
      });
      this.#refill(queue);
    }
  }

  #refill(queue: InputQueue): void {
    if (!this.#feedStopped || !queue.hasRoom || this.#giveUp.signal.aborted) return;
    this.#feedStopped = false;
    this.#context.startFeed(queue.fetchNext);
  }

  /** What the batch leads to.
   *  @throws POISON when the task threw on it (the watch has been told); INTERNAL when it could not even reject the
   *  record; errors of the world as they are */
  async #work(open: OpenPartition, batch: readonly InputRecord[]): Promise<Work> {
    const { poison, partition } = this.#context;
    const first = batch[0];
    const rejection = first === undefined ? undefined : poison.rejection(first);
    try {
      return first !== undefined && rejection !== undefined
        ? await this.#prepare(batch, open.reject(first, rejection.error))
        : await this.#prepare(batch, await open.process(batch));
    } catch (error) {
      if (isOfTheWorld(error)) throw error;
      const problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      const details = { partition, problem, from: first?.offset, records: batch.length };
      if (rejection !== undefined) throw new RollcastError('INTERNAL', details, error);
      poison.threw(batch, error);
      throw new RollcastError('POISON', details, error);
    }
  }

  /** @throws TOO_LARGE for a record that no send can carry */
  async #prepare(batch: readonly InputRecord[], output: TaskOutput): Promise<Work> {
    const { task, partition, partitions, limits } = this.#context;
    const position = positionAfter(this.#position, batch, output, partitions);
    const writes = commitRecords(task.changelogTopic, partition, output, position);
    const limitOf = await limits.load(writes.map(({ topic }) => topic));
    const oversized = firstOversized(writes, limitOf);
    if (oversized === undefined) return { output, position, writes };
    throw new RollcastError('TOO_LARGE', { bytes: sizeOf(oversized), limit: limitOf(oversized.topic) });
  }
}

/** A batch's consequences, ready to be written. */
interface Work {
  readonly output: TaskOutput;
  readonly position: Position;
  readonly writes: readonly OutputRecord[];
}
