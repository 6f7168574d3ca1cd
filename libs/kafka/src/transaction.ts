/** @file The transactions of one input partition.
 *
 *  kafkajs' `connect()` fences nobody; its first `transaction()` does (InitProducerId), and waits for what the old
 *  owner has open. That call ignores the configured retries, so it gets ours. Its commit is not retried at all.
 *
 *  Law: one transactional id a partition, so the new owner's opening shuts the old one out. After any error the
 *  object is dead: whether a failed commit happened is unknown, only the log knows. */
import type { Producer, Transaction } from 'kafkajs';
import { RollcastError } from '#contracts';
import { answered, farewell, retrying } from './backoff.js';
import { classify, isOutage } from './classify.js';
import type { KafkaClient } from './client.js';
import type { OutputRecord, WrittenSpan } from './partition-task.js';
import { sendOf } from './send-of.js';
import { splitSends } from './split-sends.js';

/** How long an opening waits for the coordinator, or for the old owner's open transaction, before it reports. */
const OPEN_DEADLINE_MS = 20_000;
/** A commit that hangs longer is given up and the partition opened anew. */
const COMMIT_MS = 30_000;
const OPEN_BACKOFF = { firstMs: 20, maxMs: 500 };

export interface TransactionsOptions {
  readonly transactionalId: string;
  readonly partition: number;
  /** The broker aborts a transaction that its owner has left open so long. */
  readonly transactionTimeoutMs: number;
  readonly signal: AbortSignal;
}

export class PartitionTransactions {
  readonly #client: KafkaClient;
  readonly #producer: Producer;
  readonly #options: TransactionsOptions;

  private constructor(client: KafkaClient, options: TransactionsOptions) {
    this.#client = client;
    this.#options = options;
    const id = client.names.full(options.transactionalId);
    this.#producer = client.transactionalProducer(id, options.transactionTimeoutMs);
  }

  /** Connects and fences: from here on no older owner can commit. `records` go into the fencing transaction.
   *  @throws BROKER_UNAVAILABLE, FENCED (somebody opened after us) */
  static async open(
    client: KafkaClient,
    options: TransactionsOptions,
    records: readonly OutputRecord[],
    limitOf: (topic: string) => number,
  ): Promise<PartitionTransactions> {
    const transactions = new PartitionTransactions(client, options);
    try {
      await answered(OPEN_DEADLINE_MS, transactions.#producer.connect(), 'connecting a producer');
      // Between the connection and the fence the partition may have been given up: then it is another's to fence.
      if (options.signal.aborted) throw new RollcastError('RELEASED', { partition: options.partition });
      const first = await transactions.#begin(OPEN_DEADLINE_MS);
      await transactions.#finish(first, records, limitOf);
      return transactions;
    } catch (error) {
      await transactions.close();
      throw classify(error, { partition: options.partition });
    }
  }

  /** Writes all records in one transaction.
   *  @returns where the first record of each topic partition landed
   *  @throws FENCED, BROKER_UNAVAILABLE, ...: the outcome is unknown and this object must not be used again */
  async commit(
    records: readonly OutputRecord[],
    limitOf: (topic: string) => number,
  ): Promise<readonly WrittenSpan[]> {
    const work = async () => this.#finish(await this.#producer.transaction(), records, limitOf);
    try {
      return await answered(COMMIT_MS, work(), 'a transaction');
    } catch (error) {
      throw classify(error, { partition: this.#options.partition });
    }
  }

  async close(): Promise<void> {
    await farewell(this.#producer.disconnect());
  }

  async #begin(deadlineMs: number): Promise<Transaction> {
    return retrying(() => this.#producer.transaction(), {
      isFinal: (error) => !isOutage(error),
      deadlineMs,
      signal: this.#options.signal,
      backoff: OPEN_BACKOFF,
    });
  }

  async #finish(
    transaction: Transaction,
    records: readonly OutputRecord[],
    limitOf: (topic: string) => number,
  ): Promise<WrittenSpan[]> {
    const written = new Map<string, WrittenSpan>();
    for (const send of splitSends(records, this.#options.partition, limitOf)) {
      const answers = await transaction.sendBatch(sendOf(send, this.#client.names));
      for (const { topicName, partition, baseOffset, errorCode } of answers) {
        if (errorCode !== 0) throw new RollcastError('INTERNAL', { problem: `send answered ${errorCode}` });
        const topic = this.#client.names.short(topicName);
        const place = `${topic}/${partition}`;
        if (baseOffset === undefined || written.has(place)) continue;
        written.set(place, { topic, partition, first: BigInt(baseOffset) });
      }
    }
    await transaction.commit();
    return [...written.values()];
  }
}
