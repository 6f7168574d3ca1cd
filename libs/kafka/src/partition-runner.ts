/** @file Runs a partition task on every partition that the group gives this process.
 *
 *  It decides who runs, never how: joins open and release partition processes; a process that ended with an error
 *  is opened again from the log, after a wait, once the coordinator has listed this member as the owner.
 *
 *  Law: an outage is waited out, for ever, and shown in `health`; a lost log or our own bug stops the whole runner
 *  loudly. The group offset is committed now and then for people and autoscalers, never read to go on. */
import { RollcastError, describeError } from '#contracts';
import { within } from '#platform';
import { KafkaAdmin } from './admin.js';
import { OUTAGE, rest, waitMs } from './backoff.js';
import { classify } from './classify.js';
import type { KafkaClient } from './client.js';
import { MessageLimits } from './message-limits.js';
import { Ownership } from './ownership.js';
import { PartitionProcess, type BatchLimits, type CommittedBatch } from './partition-process.js';
import type { PartitionTask } from './partition-task.js';
import { PoisonWatch } from './poison.js';
import { RangeReader } from './range-reader.js';
import { isMove, RunnerHealth, type RunnerView } from './runner-health.js';
import { SupervisedConsumer } from './supervised-consumer.js';

export interface RunnerOptions {
  readonly client: KafkaClient;
  readonly task: PartitionTask;
  /** Unprefixed. */
  readonly groupId: string;
  /** Milliseconds without a heartbeat until the group gives our partitions away; default 10,000. */
  readonly sessionTimeoutMs?: number;
  /** Default 10,000. */
  readonly rebalanceTimeoutMs?: number;
  /** Default 30,000. */
  readonly transactionTimeoutMs?: number;
  /** Default: 500 records or 2 MiB a transaction, 2,000 records or 16 MiB waiting. */
  readonly batchLimits?: Partial<BatchLimits>;
  readonly onCommitted?: (batch: CommittedBatch) => void;
  readonly onState?: (health: RunnerView) => void;
  /** The runner has stopped for good: a lost log, or our bug. */
  readonly onCrash?: (error: RollcastError) => void;
}

/** What one partition is doing, for health and metrics. */
export interface PartitionView {
  readonly partition: number;
  readonly open: boolean;
  readonly shownOffset: bigint | null;
  readonly lag: bigint | null;
}

interface Slot {
  readonly partition: number;
  readonly poison: PoisonWatch;
  process: PartitionProcess | null;
  /** Failures in a row. */
  attempt: number;
}

const BATCH_LIMITS: BatchLimits = {
  batchRecords: 500,
  batchBytes: 2 << 20,
  maxRecords: 2_000,
  maxBytes: 16 << 20,
};

/** Between two commits of the group offset. */
const SHOW_OFFSETS_EVERY_MS = 5_000;

export class PartitionRunner {
  readonly #options: RunnerOptions;
  readonly #admin: KafkaAdmin;
  readonly #limits: MessageLimits;
  readonly #ownership: Ownership;
  readonly #ranges: RangeReader;
  readonly #consumer: SupervisedConsumer;
  readonly #health: RunnerHealth;
  readonly #stopping = new AbortController();
  readonly #slots = new Map<number, Slot>();
  readonly #ending = new Set<Promise<void>>();
  readonly #shown = new Map<number, bigint>();
  #memberId: string | null = null;
  #partitions = 0;
  #timer: NodeJS.Timeout | undefined;
  #starting: Promise<void> | null = null;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { client, task, groupId } = options;
    const session = options.sessionTimeoutMs ?? 10_000;
    this.#admin = new KafkaAdmin(client);
    this.#limits = new MessageLimits(this.#admin);
    this.#ownership = new Ownership(this.#admin, groupId);
    this.#health = new RunnerHealth((health) => options.onState?.(health));
    const readBack = new Set([task.changelogTopic, task.inputTopic, ...task.spanTopics]);
    this.#ranges = new RangeReader(client, this.#admin, groupId, [...readBack]);
    const shape = {
      groupId,
      sessionTimeoutMs: session,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 10_000,
      heartbeatMs: Math.max(100, Math.floor(session / 10)),
      maxBytesPerPartition: 1 << 20,
      maxBytes: 10 << 20,
      maxWaitMs: 20,
    };
    this.#consumer = new SupervisedConsumer(client, shape, {
      topics: [task.inputTopic],
      onJoin: (assignment, memberId) => this.#join(assignment.get(task.inputTopic) ?? [], memberId),
      onBatch: (_topic, partition, batch) => this.#slots.get(partition)?.process?.push(batch) ?? null,
      onSkipped: (_topic, partition, next) => this.#slots.get(partition)?.process?.skipped(next),
      onDown: (error) => {
        this.#memberId = null;
        this.#health.consumerDown(error);
      },
    });
  }

  /** Begins; waits for broker and topics in the background, as long as it takes. */
  start(): void {
    this.#starting ??= this.#begin();
  }

  health(): RunnerView {
    return this.#health.current;
  }

  /** The partitions that this process owns now. */
  partitions(): PartitionView[] {
    return [...this.#slots.values()].map(({ partition, process }) => ({
      partition,
      open: process?.isOpen ?? false,
      shownOffset: process?.shownOffset ?? null,
      lag: process?.lag ?? null,
    }));
  }

  /** Finishes the running batches, commits the group offsets, leaves the group, disconnects.
   *  @throws when that takes longer than `deadlineMs`; whatever is left is safe in the log */
  async stop(deadlineMs = 10_000): Promise<void> {
    this.#stopping.abort();
    this.#health.stopped(null);
    await within(deadlineMs, this.#end(), () => {
      throw new Error(`the partition runner did not stop within ${deadlineMs} ms`);
    });
  }

  async #begin(): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        this.#partitions = await this.#checkTopics();
        break;
      } catch (error) {
        this.#health.consumerDown(classify(error));
        await rest(waitMs(attempt, OUTAGE), signal);
      }
    }
    if (signal.aborted) return;
    this.#ranges.start();
    this.#consumer.start();
    this.#timer = setInterval(() => void this.#showOffsets(), SHOW_OFFSETS_EVERY_MS);
  }

  async #checkTopics(): Promise<number> {
    const { task } = this.#options;
    const wanted = await this.#countPartitions(task.inputTopic);
    const changelog = await this.#countPartitions(task.changelogTopic);
    if (changelog !== wanted) {
      const problem = `${changelog} partitions, but ${task.inputTopic} has ${wanted}`;
      throw new RollcastError('TOPIC_MISSING', { topic: task.changelogTopic, problem });
    }
    for (const topic of task.spanTopics) await this.#countPartitions(topic);
    return wanted;
  }

  async #countPartitions(topic: string): Promise<number> {
    const count = await this.#admin.partitionCount(topic);
    if (count === null) throw new RollcastError('TOPIC_MISSING', { topic, problem: 'it does not exist' });
    return count;
  }

  /** Synchronous, before the first fetch of the generation: every partition is either given its own position here
   *  or paused; the client would otherwise go on wherever the group's offset points. */
  #join(assigned: readonly number[], memberId: string): void {
    const { inputTopic } = this.#options.task;
    this.#memberId = memberId;
    this.#health.consumerUp();
    for (const slot of [...this.#slots.values()]) {
      if (!assigned.includes(slot.partition)) this.#release(slot);
    }
    for (const partition of assigned) {
      const slot = this.#slots.get(partition) ?? this.#newSlot(partition);
      const next = slot.process?.feedNext ?? null;
      if (next === null) this.#consumer.pause(inputTopic, partition);
      else this.#consumer.startAt(inputTopic, partition, next);
      if (slot.process === null) this.#open(slot);
    }
    this.#tellHealth();
  }

  #newSlot(partition: number): Slot {
    const slot: Slot = { partition, poison: new PoisonWatch(), process: null, attempt: 0 };
    this.#slots.set(partition, slot);
    return slot;
  }

  #release(slot: Slot): void {
    this.#slots.delete(slot.partition);
    this.#shown.delete(slot.partition);
    this.#health.partitionUp(slot.partition);
    const { process } = slot;
    slot.process = null;
    if (process === null) return;
    process.release();
    const ended = process.done.catch(() => undefined);
    this.#ending.add(ended);
    void ended.then(() => this.#ending.delete(ended));
  }

  #open(slot: Slot): void {
    if (this.#stopping.signal.aborted) return;
    const { client, task, groupId, onCommitted } = this.#options;
    const { partition, poison } = slot;
    const isCurrent = () => slot.process === process && this.#slots.get(partition) === slot;
    const process: PartitionProcess = new PartitionProcess({
      client,
      admin: this.#admin,
      ranges: this.#ranges,
      limits: this.#limits,
      task,
      groupId,
      partition,
      partitions: this.#partitions,
      transactionTimeoutMs: this.#options.transactionTimeoutMs ?? 30_000,
      batchLimits: { ...BATCH_LIMITS, ...this.#options.batchLimits },
      poison,
      startFeed: (next) => {
        if (isCurrent()) this.#consumer.startAt(task.inputTopic, partition, next);
      },
      stopFeed: () => {
        if (isCurrent()) this.#consumer.pause(task.inputTopic, partition);
      },
      onOpened: () => {
        this.#health.partitionUp(partition);
        this.#tellHealth();
      },
      onCommitted: (batch) => {
        slot.attempt = 0;
        onCommitted?.(batch);
      },
    });
    slot.process = process;
    process.done.catch((error: unknown) => {
      if (isCurrent()) this.#failed(slot, classify(error, { partition }));
    });
  }

  #failed(slot: Slot, error: RollcastError): void {
    const { partition } = slot;
    slot.process = null;
    this.#consumer.pause(this.#options.task.inputTopic, partition);
    if (error.fate === 'crash') return this.#crash(error);
    // What we held for the limit is none any more.
    if (error.code === 'TOO_LARGE') this.#limits.forget();
    const { logger } = this.#options.client;
    const fields = { partition, code: error.code, attempt: slot.attempt };
    if (isMove(error, slot.attempt)) {
      logger.info('a partition moves to another process; should it stay with us, it is opened again', fields);
    } else {
      logger.warn(`a partition is opened again: ${describeError(error)}`, fields);
      this.#health.partitionDown(partition, error);
    }
    void this.#reopen(slot);
  }

  async #reopen(slot: Slot): Promise<void> {
    const { signal } = this.#stopping;
    const { inputTopic } = this.#options.task;
    const isWanted = () =>
      !signal.aborted && this.#slots.get(slot.partition) === slot && slot.process === null;
    while (isWanted()) {
      await rest(waitMs(slot.attempt, OUTAGE), signal);
      slot.attempt += 1;
      const memberId = this.#memberId;
      // Without a member id the consumer is down; its next join opens what it is given.
      if (memberId === null) continue;
      const ours = await this.#ownership.isOurs(memberId, inputTopic, slot.partition).catch(() => false);
      if (ours && isWanted() && this.#memberId === memberId) return this.#open(slot);
    }
  }

  #crash(error: RollcastError): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#health.stopped(error);
    this.#options.client.logger.error(`the partition runner stops: ${describeError(error)}`, {
      code: error.code,
    });
    void this.#end()
      .catch(() => undefined)
      .then(() => this.#options.onCrash?.(error));
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer);
    const processes = [...this.#slots.values()].flatMap(({ process }) => (process === null ? [] : [process]));
    processes.forEach((process) => process.release());
    await Promise.allSettled(processes.map(({ done }) => done));
    await this.#showOffsets();
    await Promise.all(this.#ending);
    await Promise.all([this.#consumer.stop(), this.#ranges.stop()]);
    await this.#admin.close();
  }

  async #showOffsets(): Promise<void> {
    const changed = new Map<number, bigint>();
    for (const { partition, process } of this.#slots.values()) {
      const offset = process?.shownOffset ?? null;
      if (offset !== null && this.#shown.get(partition) !== offset) changed.set(partition, offset);
    }
    if (changed.size === 0 || this.#memberId === null) return;
    try {
      await this.#consumer.commit(this.#options.task.inputTopic, changed);
      for (const [partition, offset] of changed) this.#shown.set(partition, offset);
    } catch (error) {
      // Only a display; the next one comes.
      this.#options.client.logger.debug(`group offset not committed: ${describeError(error)}`);
    }
  }

  #tellHealth(): void {
    const slots = [...this.#slots.values()];
    if (slots.every(({ process }) => process?.isOpen === true)) this.#health.allOpen();
  }
}
