/** @file A producer for those who are no partition task: HTTP, command line, trainer.
 *
 *  kafkajs' own gives up on a dead broker at once (ECONNREFUSED counts as not retriable there), so the outage is
 *  waited out here; with the first error the kafkajs producer is thrown away and made anew.
 *
 *  Law: `send` resolves when every record is acknowledged by all in-sync replicas, or throws. Within one kafkajs
 *  producer a retry writes nothing twice; across an outage a record may stand twice: for readings that is a
 *  duplicate, which ingest counts, and for compacted topics nothing. */
import type { Producer } from 'kafkajs';
import { answered, farewell, retrying } from './backoff.js';
import { classify, isOutage } from './classify.js';
import type { KafkaClient } from './client.js';
import { homePartition } from './home-partition.js';
import { KafkaAdmin } from './admin.js';
import { MessageLimits } from './message-limits.js';
import type { OutputRecord } from './partition-task.js';
import { sendOf } from './send-of.js';
import { splitSends } from './split-sends.js';

/** One try; beyond it the connection is taken for dead. */
const SEND_MS = 20_000;

export interface SendOptions {
  /** Milliseconds to wait an outage out; default 30,000. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  readonly onRetry?: (error: unknown) => void;
}

/** Publishes records; resolves when they are acknowledged. Met by `RecordProducer` and by an array. */
export interface RecordSink {
  send(records: readonly OutputRecord[]): Promise<unknown>;
}

/** Where the last record of a send to a partition landed. */
export interface WrittenEnd {
  readonly topic: string;
  readonly partition: number;
  /** Offset behind it. */
  readonly end: bigint;
}

export class RecordProducer implements RecordSink {
  readonly #client: KafkaClient;
  readonly #admin: KafkaAdmin;
  readonly #limits: MessageLimits;
  readonly #partitions = new Map<string, number>();
  #session: Promise<Producer> | null = null;

  constructor(client: KafkaClient) {
    this.#client = client;
    this.#admin = new KafkaAdmin(client);
    this.#limits = new MessageLimits(this.#admin);
  }

  /** Sends records to unprefixed topics; a record without a partition goes to the home partition of its key
   *  (without a key: partition 0). The order within a partition is kept.
   *  @returns one for each partition written to
   *  @throws BROKER_UNAVAILABLE after the deadline, TOPIC_MISSING after the deadline, TOO_LARGE at once */
  async send(records: readonly OutputRecord[], options: SendOptions = {}): Promise<WrittenEnd[]> {
    if (records.length === 0) return [];
    const { deadlineMs = 30_000, signal, onRetry } = options;
    return retrying(() => this.#sendOnce(records), {
      isFinal: (error) => !isOutage(error),
      deadlineMs,
      ...(signal === undefined ? {} : { signal }),
      ...(onRetry === undefined ? {} : { onRetry }),
    });
  }

  /** Waits for nothing that is still being sent. */
  async close(): Promise<void> {
    await Promise.all([this.#drop(), this.#admin.close()]);
  }

  async #sendOnce(records: readonly OutputRecord[]): Promise<WrittenEnd[]> {
    const limitOf = await this.#limits.load(records.map(({ topic }) => topic));
    const placed: OutputRecord[] = [];
    for (const record of records) placed.push({ ...record, partition: await this.#partitionOf(record) });
    const session = (this.#session ??= this.#connect());
    const ends = new Map<string, WrittenEnd>();
    try {
      const producer = await answered(SEND_MS, session, 'connecting a producer');
      for (const send of splitSends(placed, 0, limitOf)) {
        const sent = producer.sendBatch(sendOf(send, this.#client.names));
        for (const { topicName, partition, baseOffset = '0' } of await answered(SEND_MS, sent, 'a send')) {
          const topic = this.#client.names.short(topicName);
          const count = send.filter((one) => one.topic === topic && one.partition === partition).length;
          const end = BigInt(baseOffset) + BigInt(count);
          ends.set(`${topic}/${partition}`, { topic, partition, end });
        }
      }
      return [...ends.values()];
    } catch (error) {
      if (this.#session === session) await this.#drop();
      const ours = classify(error, { topic: records[0]?.topic ?? '?' });
      // What we held for the limit is none any more: the next send is cut by the new one.
      if (ours.code === 'TOO_LARGE') this.#limits.forget();
      throw ours;
    }
  }

  async #partitionOf({ topic, partition, key }: OutputRecord): Promise<number> {
    if (partition !== undefined) return partition;
    if (key === null) return 0;
    const known = this.#partitions.get(topic) ?? (await this.#admin.bounds(topic)).length;
    this.#partitions.set(topic, known);
    return homePartition(key, known);
  }

  async #connect(): Promise<Producer> {
    const producer = this.#client.idempotentProducer();
    await producer.connect();
    return producer;
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    if (session !== null) await farewell(session.then((producer) => producer.disconnect()));
  }
}
