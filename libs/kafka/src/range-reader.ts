/** @file Reads ranges of single partitions; kafkajs has no manual assignment, so a consumer with a group of its own
 *  stands by, everything paused, and a range is a seek, a resume, and a pause at its end.
 *
 *  Law: never commits. A range ends at a record that exists, or at an end offset that was asked for when the read
 *  began; never by counting. Positions are lost in every join, so active ranges seek again. Where the log no longer
 *  holds what was asked for, the read fails: kafkajs would silently jump to the beginning. */
import { randomUUID } from 'node:crypto';
import { RollcastError } from '#contracts';
import type { KafkaAdmin } from './admin.js';
import type { KafkaClient } from './client.js';
import type { InputRecord } from './partition-task.js';
import { copyRecord, recordBytes } from './record.js';
import { SupervisedConsumer, type FetchedBatch } from './supervised-consumer.js';

/** Larger fetches than the live consumer's: a compacted tail is otherwise asked for again, offset by offset. */
const FETCH_BYTES = 4 << 20;
/** What a reader that is slower than the broker may hold. */
const HELD_BYTES = 16 << 20;

export interface ReadRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  /** The record that ends the range; it is handed over too. */
  readonly isLast?: (record: InputRecord) => boolean;
  /** An end offset, exclusive; markers count. The range ends at whichever comes first. Both left out: what was the
   *  end when the read began. */
  readonly end?: bigint;
}

interface ActiveRange {
  readonly range: ReadRange;
  readonly end: bigint | null;
  position: bigint;
  held: InputRecord[];
  heldBytes: number;
  paused: boolean;
  complete: boolean;
  failure: RollcastError | null;
  wake: () => void;
}

const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`;

export class RangeReader {
  readonly #admin: KafkaAdmin;
  readonly #consumer: SupervisedConsumer;
  readonly #active = new Map<string, ActiveRange>();
  #joined = false;

  /** `topics`: unprefixed names of everything that will ever be read; they must exist. */
  constructor(client: KafkaClient, admin: KafkaAdmin, name: string, topics: readonly string[]) {
    this.#admin = admin;
    const shape = {
      groupId: `${name}-ranges-${randomUUID()}`,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 10_000,
      heartbeatMs: 3_000,
      maxBytesPerPartition: FETCH_BYTES,
      maxBytes: 32 << 20,
      maxWaitMs: 50,
    };
    this.#consumer = new SupervisedConsumer(client, shape, {
      topics,
      onJoin: (assignment) => this.#join(assignment),
      onBatch: (topic, partition, batch) => this.#batch(topic, partition, batch),
      onSkipped: (topic, partition, next) => this.#skipped(topic, partition, next),
      onDown: (error) => this.#fail(error),
    });
  }

  start(): void {
    this.#consumer.start();
  }

  async stop(): Promise<void> {
    this.#fail(new RollcastError('RELEASED', { partition: 'of the range reader' }));
    await this.#consumer.stop();
  }

  /** Hands over the committed records of the range, in order; waits for `onRecords` before it goes on.
   *  One read at a time and partition.
   *  @throws TOPIC_MISSING, RETENTION_GAP, INPUT_LOST (`from` lies behind the end), BROKER_UNAVAILABLE, RELEASED (aborted) */
  async read(
    range: ReadRange,
    onRecords: (records: readonly InputRecord[]) => Promise<void> | void,
    signal?: AbortSignal,
  ): Promise<void> {
    const place = placeOf(range.topic, range.partition);
    const released = () => new RollcastError('RELEASED', { partition: range.partition });
    if (this.#active.has(place))
      throw new RollcastError('INTERNAL', { problem: `${place} is being read already` });
    const { low, end: high } = await this.#admin.boundsOf(range.topic, range.partition);
    if (signal?.aborted === true) throw released();
    const details = { topic: range.topic, partition: range.partition, from: range.from };
    if (range.from < low) throw new RollcastError('RETENTION_GAP', { ...details, low });
    if (range.from > high) throw new RollcastError('INPUT_LOST', { ...details, end: high });
    const end = range.end ?? (range.isLast === undefined ? high : null);
    if (end !== null && range.from >= end) return;
    const active: ActiveRange = {
      range,
      end,
      position: range.from,
      held: [],
      heldBytes: 0,
      paused: false,
      complete: false,
      failure: null,
      wake: () => undefined,
    };
    const abort = () => this.#end(active, released());
    signal?.addEventListener('abort', abort, { once: true });
    this.#active.set(place, active);
    if (this.#joined) this.#consumer.startAt(range.topic, range.partition, range.from);
    try {
      await this.#drain(active, onRecords);
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#end(active, null);
    }
  }

  async #drain(
    active: ActiveRange,
    onRecords: (records: readonly InputRecord[]) => Promise<void> | void,
  ): Promise<void> {
    for (;;) {
      if (active.failure !== null) throw active.failure;
      if (active.held.length > 0) {
        const records = active.held;
        active.held = [];
        active.heldBytes = 0;
        await onRecords(records);
        continue;
      }
      if (active.complete) return;
      if (active.paused) {
        active.paused = false;
        if (this.#joined) this.#consumer.startAt(active.range.topic, active.range.partition, active.position);
      }
      await new Promise<void>((resolve) => {
        active.wake = resolve;
      });
    }
  }

  #join(assignment: ReadonlyMap<string, readonly number[]>): void {
    this.#joined = true;
    for (const [topic, partitions] of assignment) {
      for (const partition of partitions) {
        const active = this.#active.get(placeOf(topic, partition));
        if (active === undefined || active.paused) this.#consumer.pause(topic, partition);
        else this.#consumer.startAt(topic, partition, active.position);
      }
    }
  }

  #batch(topic: string, partition: number, batch: FetchedBatch): bigint | null {
    const active = this.#active.get(placeOf(topic, partition));
    if (active === undefined || active.complete || active.paused) return null;
    if (batch.fetchedFrom > active.position) {
      const details = { topic, partition, from: active.position, low: batch.fetchedFrom };
      this.#end(active, new RollcastError('RETENTION_GAP', details));
      return null;
    }
    for (const message of batch.messages) {
      const offset = BigInt(message.offset);
      if (offset < active.position) continue;
      if (active.end !== null && offset >= active.end) break;
      const record = copyRecord(topic, partition, message);
      active.held.push(record);
      active.heldBytes += recordBytes(record);
      if (active.range.isLast?.(record) === true) {
        active.complete = true;
        break;
      }
    }
    return this.#advance(active, batch.next);
  }

  #skipped(topic: string, partition: number, next: bigint): void {
    const active = this.#active.get(placeOf(topic, partition));
    if (active !== undefined && !active.complete && !active.paused && next > active.position) {
      this.#advance(active, next);
    }
  }

  #advance(active: ActiveRange, next: bigint): bigint {
    const { topic, partition } = active.range;
    active.position = next;
    if (active.end !== null && next >= active.end) active.complete = true;
    if (active.complete) this.#consumer.pause(topic, partition);
    else if (active.heldBytes > HELD_BYTES) {
      active.paused = true;
      this.#consumer.pause(topic, partition);
    }
    active.wake();
    return next;
  }

  #end(active: ActiveRange, failure: RollcastError | null): void {
    const { topic, partition } = active.range;
    active.failure ??= failure;
    active.complete = true;
    if (this.#active.get(placeOf(topic, partition)) === active) {
      this.#active.delete(placeOf(topic, partition));
      if (this.#joined) this.#consumer.pause(topic, partition);
    }
    active.wake();
  }

  #fail(error: RollcastError): void {
    this.#joined = false;
    for (const active of [...this.#active.values()]) this.#end(active, error);
  }
}
