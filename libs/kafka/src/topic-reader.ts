/** @file Reads what is in topics now, and no further: training ranges, reports, the command line.
 *
 *  Law: committed records only, in offset order within a partition; an iteration that is left early leaves nothing
 *  running; a slow reader slows the fetch, not the memory.
 *
 *  The three readers, besides the runner's live consumer:
 *
 *      CompactedTable (a TopicFollower)  a small topic whole, and then live, until it is stopped
 *      TopicReader (this)                topics or ranges as they are now, once
 *      RangeReader                       short ranges, again and again, by one consumer that stands by */
import { KafkaAdmin, type PartitionBounds } from './admin.js';
import { OUTAGE, retrying } from './backoff.js';
import { isOutage } from './classify.js';
import type { KafkaClient } from './client.js';
import type { InputRecord } from './partition-task.js';
import { RangeReader } from './range-reader.js';

/** A range of one partition: `from` inclusive, `to` exclusive (default: the end when the reading begins). */
export interface TopicRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to?: bigint;
}

/** An outage in the middle of a reading is waited out so long. */
const PATIENCE_MS = 60_000;

export class TopicReader {
  readonly #admin: KafkaAdmin;
  readonly #ranges: RangeReader;
  #started = false;

  /** `topics`: everything that will be read; they must exist. */
  constructor(client: KafkaClient, topics: readonly string[]) {
    this.#admin = new KafkaAdmin(client);
    this.#ranges = new RangeReader(client, this.#admin, 'reader', topics);
  }

  /** The committed records of one range, in pieces as they arrive. An outage is waited out for a minute; the
   *  iteration then goes on where it was.
   *  @throws RETENTION_GAP, INPUT_LOST, TOPIC_MISSING, BROKER_UNAVAILABLE */
  async *range(
    { topic, partition, from, to }: TopicRange,
    signal?: AbortSignal,
  ): AsyncGenerator<InputRecord[]> {
    this.#start();
    const held = await this.#patiently(() => this.#admin.boundsOf(topic, partition));
    const end = to === undefined || to > held.end ? held.end : to;
    let position = from;
    if (position >= end) return;
    const piece = new Pieces(signal);
    const reading = this.#patiently(
      () =>
        this.#ranges.read(
          { topic, partition, from: position, end },
          (records) => {
            const last = records.at(-1);
            if (last !== undefined) position = last.offset + 1n;
            return piece.offer([...records]);
          },
          piece.signal,
        ),
      () => position,
    );
    reading.then(
      () => piece.end(null),
      (error: Error) => piece.end(error),
    );
    try {
      for (let records = await piece.next(); records !== null; records = await piece.next()) yield records;
    } finally {
      piece.stop();
      await reading.catch(() => undefined);
    }
  }

  /** All partitions of a topic, one after the other, from the first record held to the present end. */
  async *all(topic: string, signal?: AbortSignal): AsyncGenerator<InputRecord[]> {
    for (const { partition, low, end } of await this.bounds(topic)) {
      yield* this.range({ topic, partition, from: low, to: end }, signal);
    }
  }

  /** Low and end offset of every partition, in order. */
  async bounds(topic: string): Promise<PartitionBounds[]> {
    return this.#patiently(() => this.#admin.bounds(topic));
  }

  async close(): Promise<void> {
    if (this.#started) await this.#ranges.stop();
    await this.#admin.close();
  }

  #start(): void {
    if (!this.#started) this.#ranges.start();
    this.#started = true;
  }

  #patiently<T>(ask: () => Promise<T>, progress?: () => unknown): Promise<T> {
    return retrying(ask, {
      isFinal: (error) => !isOutage(error),
      deadlineMs: PATIENCE_MS,
      backoff: OUTAGE,
      ...(progress !== undefined && { progress }),
    });
  }
}

/** Hands pieces from a callback to an iteration, one at a time: the callback waits until its piece was taken. */
class Pieces {
  readonly #stopping = new AbortController();
  readonly signal: AbortSignal;
  #piece: InputRecord[] | null = null;
  #ended: { readonly error: Error | null } | null = null;
  #taken: () => void = () => undefined;
  #arrived: () => void = () => undefined;

  constructor(signal: AbortSignal | undefined) {
    this.signal =
      signal === undefined ? this.#stopping.signal : AbortSignal.any([signal, this.#stopping.signal]);
  }

  offer(records: InputRecord[]): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    this.#piece = records;
    const taken = new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
    this.#arrived();
    return taken;
  }

  end(error: Error | null): void {
    this.#ended = { error };
    this.#arrived();
  }

  async next(): Promise<InputRecord[] | null> {
    for (;;) {
      const piece = this.#piece;
      if (piece !== null) {
        this.#piece = null;
        this.#taken();
        return piece;
      }
      if (this.#ended !== null) {
        if (this.#ended.error === null) return null;
        throw this.#ended.error;
      }
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  stop(): void {
    this.#stopping.abort();
    this.#taken();
  }
}
