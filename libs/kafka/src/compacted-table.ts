/** @file A compacted topic as a table in memory: newest value a key, a tombstone deletes.
 *
 *  Law: after `catchUp` the table holds at least everything that could be read before the call, after `passed` what was
 *  written there; values are never older than what `onChange` has said. */
import type { KafkaClient } from './client.js';
import type { InputRecord } from './partition-task.js';
import type { WrittenEnd } from './producer.js';
import { TopicFollower } from './topic-follower.js';
import type { RollcastError } from '#contracts';

export interface TableOptions {
  readonly topic: string;
  /** What is held of a record with a value; left out: its whole value. Synchronous and quick. */
  readonly digest?: (record: InputRecord) => Buffer;
  /** The newest value of a key changed; null: deleted. In log order. Synchronous. */
  readonly onChange?: (key: string, value: Buffer | null, record: InputRecord) => void;
  readonly onState?: (problem: RollcastError | null) => void;
}

export class CompactedTable {
  readonly #values = new Map<string, Buffer>();
  readonly #follower: TopicFollower;
  readonly #options: TableOptions;
  #ready: Promise<void> | null = null;

  constructor(client: KafkaClient, options: TableOptions) {
    this.#options = options;
    const { topic, onState } = options;
    this.#follower = new TopicFollower(client, {
      topic,
      from: 'start',
      onRecords: (records) => records.forEach((record) => this.#apply(record)),
      ...(onState === undefined ? {} : { onState }),
    });
  }

  start(): void {
    void this.#follower.start();
    this.#ready ??= this.#follower.catchUp();
    // Whoever waits in `ready` sees it; nobody else has to.
    this.#ready.catch(() => undefined);
  }

  /** Settles when everything that the topic held at the start is in the table.
   *  @throws RELEASED when the table was stopped before */
  async ready(): Promise<void> {
    this.start();
    await this.#ready;
  }

  /** Waits until everything that is in the topic now is in the table (read your own writes).
   *  @throws RELEASED when the signal is aborted or the table stopped */
  async catchUp(signal?: AbortSignal): Promise<void> {
    this.start();
    await this.#follower.catchUp(signal);
  }

  /** Waits until everything before these ends is in the table, and so can be read by everybody.
   *  @throws RELEASED as `catchUp` does */
  async passed(written: readonly WrittenEnd[], signal?: AbortSignal): Promise<void> {
    this.start();
    await this.#follower.passed(written, signal);
  }

  get(key: string): Buffer | undefined {
    return this.#values.get(key);
  }

  entries(): ReadonlyMap<string, Buffer> {
    return this.#values;
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
  }

  #apply(record: InputRecord): void {
    // A record without a key has no place in a compacted topic; the broker refuses it.
    const key = record.key?.toString() ?? '';
    if (record.value === null) this.#values.delete(key);
    else this.#values.set(key, this.#options.digest?.(record) ?? record.value);
    this.#options.onChange?.(key, record.value, record);
  }
}
