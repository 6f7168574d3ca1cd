/** @file One kafkajs consumer that never dies silently.
 *
 *  kafkajs restarts some crashed consumers and gives others up, and a consumer whose fetch loop has stopped looks
 *  alive. So ours never restart themselves: whatever ends one (a crash, a failed start, silence), the whole
 *  consumer is thrown away and made anew, with growing waits, until `stop`.
 *
 *  Law: `onJoin` runs synchronously before the first fetch of a generation; what an abandoned consumer still
 *  delivers is ignored; batches are handed over whole and nothing is ever committed but by `commit`. */
import type { Batch, Consumer, ConsumerGroupJoinEvent } from 'kafkajs';
import { farewell, OUTAGE, rest, waitMs } from './backoff.js';
import { classify } from './classify.js';
import type { ConsumerShape, KafkaClient } from './client.js';
import { endOfRecordBatch } from './record.js';
import { RollcastError } from '#contracts';

/** What the owner of the consumer does with it. */
export interface ConsumerDuties {
  /** Unprefixed topics. */
  readonly topics: readonly string[];
  /** Synchronous: pause or seek every partition here, or the fetch starts wherever the group's offset points. */
  onJoin(assignment: ReadonlyMap<string, readonly number[]>, memberId: string): void;
  /** Returns the offset to fetch next, or null to leave the position alone. Must not wait for anything slow. */
  onBatch(topic: string, partition: number, batch: FetchedBatch): bigint | null;
  /** Only markers, aborted or compacted records lay there: the position moved to `next` without a batch. */
  onSkipped?(topic: string, partition: number, next: bigint): void;
  /** The consumer is down (or could not start); it is made anew after a wait. */
  onDown(error: RollcastError): void;
}

/** What a fetch brought of one partition. */
export interface FetchedBatch {
  readonly messages: Batch['messages'];
  /** The offset that was asked for. */
  readonly fetchedFrom: bigint;
  /** End of the partition when it was fetched, markers counted. */
  readonly endOffset: bigint;
  /** Offset behind everything of this fetch, markers counted. */
  readonly next: bigint;
}

/** Beyond the longest silence of a healthy consumer (a join waits for the slowest member). */
const SILENCE_MARGIN_MS = 15_000;
/** Leaving a group takes longer than other farewells. */
const FAREWELL_MS = 5_000;

export class SupervisedConsumer {
  readonly #client: KafkaClient;
  readonly #shape: ConsumerShape;
  readonly #duties: ConsumerDuties;
  readonly #stopping = new AbortController();
  #current: Consumer | null = null;
  #running: Promise<void> | null = null;
  #lastSign = 0;
  #endLife: (() => void) | null = null;

  constructor(client: KafkaClient, shape: ConsumerShape, duties: ConsumerDuties) {
    this.#client = client;
    this.#shape = { ...shape, groupId: client.names.full(shape.groupId) };
    this.#duties = duties;
  }

  start(): void {
    this.#running ??= this.#supervise();
  }

  /** Leaves the group and disconnects. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#endLife?.();
    await this.#running;
  }

  /** Goes on fetching at `offset`; nothing while the consumer is down (the next join asks again). */
  startAt(topic: string, partition: number, offset: bigint): void {
    const full = this.#client.names.full(topic);
    this.#command((consumer) => {
      consumer.seek({ topic: full, partition, offset: String(offset) });
      consumer.resume([{ topic: full, partitions: [partition] }]);
    });
  }

  /** Stops fetching a partition; nothing while the consumer is down. */
  pause(topic: string, partition: number): void {
    const full = this.#client.names.full(topic);
    this.#command((consumer) => consumer.pause([{ topic: full, partitions: [partition] }]));
  }

  /** A consumer that has crashed refuses commands before it tells so; the next join asks its owner anew. */
  #command(act: (consumer: Consumer) => void): void {
    try {
      if (this.#current !== null) act(this.#current);
    } catch (error) {
      this.#client.logger.debug(`a consumer that is down was told something: ${String(error)}`);
    }
  }

  /** Commits group offsets; for people and autoscalers only.
   *  @throws BROKER_UNAVAILABLE also when this member is just being replaced */
  async commit(topic: string, offsets: ReadonlyMap<number, bigint>): Promise<void> {
    const full = this.#client.names.full(topic);
    const list = [...offsets].map(([partition, offset]) => ({
      topic: full,
      partition,
      offset: String(offset),
    }));
    try {
      if (list.length > 0) await this.#current?.commitOffsets(list);
    } catch (error) {
      throw classify(error, { topic });
    }
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const consumer = this.#client.consumer(this.#shape);
      let joined = false;
      try {
        await this.#live(consumer, () => {
          joined = true;
        });
      } catch (error) {
        if (!signal.aborted) this.#duties.onDown(classify(error, { topic: this.#duties.topics.join(', ') }));
      }
      this.#current = null;
      await farewell(consumer.disconnect(), FAREWELL_MS);
      if (joined) attempt = 0;
      await rest(signal.aborted ? 0 : waitMs(attempt, OUTAGE), signal);
    }
  }

  /** Lives until the consumer crashes, falls silent or `stop` is called; resolves only in the last case. */
  async #live(consumer: Consumer, onJoined: () => void): Promise<void> {
    const { events } = consumer;
    const sign = () => {
      this.#lastSign = Date.now();
    };
    sign();
    const silence = this.#shape.sessionTimeoutMs + this.#shape.rebalanceTimeoutMs + SILENCE_MARGIN_MS;
    let watch: NodeJS.Timeout | undefined;
    const ended = new Promise<void>((resolve, reject) => {
      this.#endLife = resolve;
      consumer.on(events.CRASH, ({ payload }) => reject(payload.error));
      watch = setInterval(() => {
        if (Date.now() - this.#lastSign <= silence) return;
        reject(new RollcastError('BROKER_UNAVAILABLE', { problem: `no fetch for ${silence} ms` }));
      }, silence / 10);
    });
    // It may reject while `connect` is still being waited for.
    ended.catch(() => undefined);
    // The answer, not the question: a broker that hangs is asked for ever.
    consumer.on(events.FETCH, sign);
    consumer.on(events.HEARTBEAT, sign);
    consumer.on(events.REBALANCING, sign);
    consumer.on(events.GROUP_JOIN, (event) => {
      sign();
      if (this.#current !== consumer) return;
      onJoined();
      this.#joined(event);
    });
    consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0 || this.#current !== consumer) return;
      const topic = this.#client.names.short(payload.topic);
      this.#duties.onSkipped?.(topic, payload.partition, BigInt(payload.lastOffset) + 1n);
    });

    let over = false;
    const begin = async () => {
      await consumer.connect();
      const topics = this.#duties.topics.map((topic) => this.#client.names.full(topic));
      await consumer.subscribe({ topics, fromBeginning: true });
      if (over) return;
      this.#current = consumer;
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 16,
        eachBatch: async (payload) => {
          const { batch } = payload;
          if (this.#current !== consumer || payload.isStale() || !payload.isRunning()) return;
          const topic = this.#client.names.short(batch.topic);
          const next = this.#duties.onBatch(topic, batch.partition, fetched(batch));
          if (next !== null) payload.resolveOffset(String(next - 1n));
        },
      });
    };
    try {
      // A broker that does not answer keeps nobody who wants to stop.
      await Promise.race([begin(), ended]);
      if (!this.#stopping.signal.aborted) await ended;
    } finally {
      over = true;
      clearInterval(watch);
    }
  }

  #joined({ payload }: ConsumerGroupJoinEvent): void {
    const assigned = Object.entries(payload.memberAssignment);
    const assignment = new Map(assigned.map(([topic, list]) => [this.#client.names.short(topic), list]));
    this.#duties.onJoin(assignment, payload.memberId);
  }
}

function fetched(batch: Batch): FetchedBatch {
  // Not in kafkajs' types: the offset that this fetch asked for; it shows when kafkajs has reset a position.
  const { fetchedOffset } = batch as Batch & { fetchedOffset?: string };
  const last = batch.messages.at(-1);
  const lastOfBatch = BigInt(batch.lastOffset()) + 1n;
  const context = last === undefined ? lastOfBatch : endOfRecordBatch(last);
  return {
    messages: batch.messages,
    fetchedFrom: BigInt(fetchedOffset ?? batch.firstOffset() ?? '0'),
    endOffset: BigInt(batch.highWatermark),
    next: context > lastOfBatch ? context : lastOfBatch,
  };
}
