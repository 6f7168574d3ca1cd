/** @file Reads a whole topic and stays at its end: for small topics that every process knows by heart, for server-sent
 *  events and for `--follow`.
 *
 *  A consumer with a random group of its own; it owns every partition and never commits.
 *
 *  Law: every committed record behind the starting point is handed over once and in order per partition, also when
 *  the consumer had to be made anew; `catchUp` returns only after everything that lay in the topic when it was
 *  called. Trouble is told for as long as somebody has it: the consumer until it joins, a question until it ends. A topic
 *  that was begun anew is another log: what comes of it would be passed over as known, or mixed with what the old one
 *  said. So the follower ends there, with INPUT_LOST for whoever waits and as the last word of `onState`. */
import { randomUUID } from 'node:crypto';
import { classify } from './classify.js';
import { OUTAGE, rest, waitMs } from './backoff.js';
import { KafkaAdmin } from './admin.js';
import type { KafkaClient } from './client.js';
import type { InputRecord } from './partition-task.js';
import type { WrittenEnd } from './producer.js';
import { copyRecord } from './record.js';
import { SupervisedConsumer, type FetchedBatch } from './supervised-consumer.js';
import { Troubles } from './troubles.js';
import { RollcastError } from '#contracts';
import { underEither, unlessAborted } from '#platform';

export interface FollowOptions {
  readonly topic: string;
  /** `start`: everything held; `end`: only what comes from now on; `last`: from so many offsets before the end of each
   *  partition (markers count); a function: asked once the ends are known, it says where partitions begin, the others
   *  at their ends. */
  readonly from: 'start' | 'end' | { readonly last: number } | (() => Promise<ReadonlyMap<number, bigint>>);
  /** Synchronous and quick: the fetch loop waits for it. */
  readonly onRecords: (records: readonly InputRecord[]) => void;
  /** Told when the broker is away (the newest error) and back (null); of fate `crash`: it has ended for good. */
  readonly onState?: (problem: RollcastError | null) => void;
}

interface Waiter {
  readonly ends: ReadonlyMap<number, bigint>;
  readonly resolve: () => void;
}

export class TopicFollower {
  readonly #options: FollowOptions;
  readonly #admin: KafkaAdmin;
  readonly #consumer: SupervisedConsumer;
  readonly #troubles: Troubles;
  readonly #stopping = new AbortController();
  /** Next offset to hand over; known before the first fetch. */
  readonly #positions = new Map<number, bigint>();
  #waiters: Waiter[] = [];
  /** Why it has ended by itself. */
  #lost: RollcastError | null = null;
  #starting: Promise<void> | null = null;

  constructor(client: KafkaClient, options: FollowOptions) {
    this.#options = options;
    this.#admin = new KafkaAdmin(client);
    this.#troubles = new Troubles((problem) => options.onState?.(problem));
    const shape = {
      groupId: `${options.topic}-follower-${randomUUID()}`,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 10_000,
      heartbeatMs: 3_000,
      maxBytesPerPartition: 4 << 20,
      maxBytes: 16 << 20,
      maxWaitMs: 50,
    };
    this.#consumer = new SupervisedConsumer(client, shape, {
      topics: [options.topic],
      onJoin: (assignment) => this.#join(assignment.get(options.topic) ?? []),
      onBatch: (_topic, partition, batch) => this.#batch(partition, batch),
      onSkipped: (_topic, partition, next) => this.#moved(partition, next),
      onDown: (error) => this.#troubles.begin(this.#consumer, error),
    });
  }

  /** Begins; an outage is waited out. Resolves when the starting point is fixed: whatever is acknowledged after that
   *  will be handed over.
   *  @throws RELEASED when it is stopped before */
  start(): Promise<void> {
    this.#starting ??= this.#begin();
    // Whoever waits for it sees it; nobody has to.
    this.#starting.catch(() => undefined);
    return this.#starting;
  }

  /** Waits until everything that is in the topic now has been handed over: a read-your-writes barrier. Waits an
   *  outage out.
   *  @throws RELEASED when the signal is aborted or the follower is stopped; INPUT_LOST */
  async catchUp(signal?: AbortSignal): Promise<void> {
    await this.#unlessStopped(signal, async (given) => {
      const bounds = await this.#patiently(() => this.#admin.bounds(this.#options.topic), given);
      const ends = new Map(
        bounds.filter(({ low, end }) => end > low).map(({ partition, end }) => [partition, end]),
      );
      await this.#untilReached(ends, given);
    });
  }

  /** Waits until everything before these ends has been handed over. An end may lie beyond what `catchUp` waits for: an
   *  acknowledged record can be read only when every transaction that began before it, whoever's, has ended.
   *  @param written those of other topics are passed over
   *  @throws RELEASED as `catchUp` does */
  async passed(written: readonly WrittenEnd[], signal?: AbortSignal): Promise<void> {
    const own = written.filter(({ topic }) => topic === this.#options.topic);
    const ends = new Map(own.map(({ partition, end }) => [partition, end]));
    await this.#unlessStopped(signal, (given) => this.#untilReached(ends, given));
  }

  #unlessStopped(
    signal: AbortSignal | undefined,
    work: (given: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const stopping = this.#stopping.signal;
    return signal === undefined ? work(stopping) : underEither([signal, stopping], work);
  }

  /** @throws RELEASED */
  async #untilReached(ends: ReadonlyMap<number, bigint>, given: AbortSignal): Promise<void> {
    if (this.#reached(ends)) return;
    if (given.aborted) throw this.#gone();
    await new Promise<void>((resolve, reject) => {
      const released = () => {
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
        reject(this.#gone());
      };
      const waiter: Waiter = {
        ends,
        resolve: () => {
          given.removeEventListener('abort', released);
          resolve();
        },
      };
      given.addEventListener('abort', released, { once: true });
      this.#waiters.push(waiter);
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting?.catch(() => undefined);
    await this.#consumer.stop();
    await this.#admin.close();
  }

  async #begin(): Promise<void> {
    const { topic, from } = this.#options;
    const bounds = await this.#patiently(() => this.#admin.bounds(topic), this.#stopping.signal);
    const named = typeof from === 'function' ? await from() : null;
    for (const { partition, low, end } of bounds) {
      const wanted =
        named !== null
          ? (named.get(partition) ?? end)
          : from === 'start'
            ? low
            : typeof from === 'object'
              ? end - BigInt(from.last)
              : end;
      this.#positions.set(partition, wanted < low ? low : wanted);
    }
    this.#consumer.start();
    this.#wakeWaiters();
  }

  #gone(): RollcastError {
    return this.#lost ?? new RollcastError('RELEASED', { partition: `of ${this.#options.topic}` });
  }

  /** @throws RELEASED as soon as the signal is aborted, also while the broker owes an answer */
  async #patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const question = {};
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          return await unlessAborted(ask(), signal);
        } catch (error) {
          if (signal.aborted) throw this.#gone();
          const problem = classify(error, { topic: this.#options.topic });
          if (problem.fate !== 'retry') throw problem;
          this.#troubles.begin(question, problem);
          await rest(waitMs(attempt, OUTAGE), signal);
        }
      }
    } finally {
      this.#troubles.end(question);
    }
  }

  #join(partitions: readonly number[]): void {
    this.#troubles.end(this.#consumer);
    for (const partition of partitions) {
      // A partition that did not exist at the start is new, so it is read whole.
      const position = this.#positions.get(partition) ?? 0n;
      this.#positions.set(partition, position);
      this.#consumer.startAt(this.#options.topic, partition, position);
    }
  }

  #batch(partition: number, batch: FetchedBatch): bigint | null {
    const position = this.#positions.get(partition);
    if (position === undefined) return null;
    // The client has reset a position that the log does not hold, and the log ends before it.
    if (batch.fetchedFrom < position && batch.endOffset < position) {
      const details = { topic: this.#options.topic, partition, from: position, end: batch.endOffset };
      return this.#lose(new RollcastError('INPUT_LOST', details));
    }
    const fresh = batch.messages.filter(({ offset }) => BigInt(offset) >= position);
    if (fresh.length > 0) {
      this.#options.onRecords(fresh.map((message) => copyRecord(this.#options.topic, partition, message)));
    }
    this.#moved(partition, batch.next);
    return batch.next;
  }

  #lose(error: RollcastError): null {
    this.#lost ??= error;
    this.#troubles.begin(this, this.#lost);
    this.#stopping.abort();
    void this.#consumer.stop();
    return null;
  }

  #moved(partition: number, next: bigint): void {
    if (next > (this.#positions.get(partition) ?? 0n)) this.#positions.set(partition, next);
    this.#wakeWaiters();
  }

  #reached(ends: ReadonlyMap<number, bigint>): boolean {
    return [...ends].every(([partition, end]) => (this.#positions.get(partition) ?? 0n) >= end);
  }

  #wakeWaiters(): void {
    const reached = this.#waiters.filter(({ ends }) => this.#reached(ends));
    this.#waiters = this.#waiters.filter((waiter) => !reached.includes(waiter));
    reached.forEach(({ resolve }) => resolve());
  }
}
