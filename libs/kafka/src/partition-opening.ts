/** @file How a partition is opened: fence, restore, check, and only then the task.
 *
 *  Law: nothing is read before the fence is committed, so nothing of an older owner can follow what is read; the
 *  restore ends at the own fence record. Everything here comes from the log; nothing from the process before. */
import { randomUUID } from 'node:crypto';
import { RollcastError } from '#contracts';
import type { KafkaAdmin } from './admin.js';
import { ChangelogRestore, checkPosition, fenceRecord, type Position } from './changelog.js';
import type { KafkaClient } from './client.js';
import type { MessageLimits } from './message-limits.js';
import type { InputRecord, PartitionTask, RestoredPartition, SpanReader } from './partition-task.js';
import type { RangeReader } from './range-reader.js';
import { PartitionTransactions } from './transaction.js';

/** What an opening needs. */
export interface OpeningContext {
  readonly client: KafkaClient;
  readonly admin: KafkaAdmin;
  readonly ranges: RangeReader;
  readonly limits: MessageLimits;
  readonly task: PartitionTask;
  readonly groupId: string;
  readonly partition: number;
  readonly partitions: number;
  readonly transactionTimeoutMs: number;
}

export interface OpenedPartition {
  readonly transactions: PartitionTransactions;
  readonly restored: RestoredPartition;
  /** Where the input is read on. */
  readonly next: bigint;
}

/** Fences every older owner and reads what it left.
 *  @throws CHANGELOG_LOST, PARTITIONS_CHANGED, RETENTION_GAP, INPUT_LOST (stop loudly); FENCED, BROKER_UNAVAILABLE, RELEASED */
export async function openFromLog(context: OpeningContext, signal: AbortSignal): Promise<OpenedPartition> {
  const { client, task, partition, groupId, limits, partitions } = context;
  const nonce = randomUUID();
  const transactions = await PartitionTransactions.open(
    client,
    {
      transactionalId: `${groupId}-${task.inputTopic}-${partition}`,
      partition,
      transactionTimeoutMs: context.transactionTimeoutMs,
      signal,
    },
    [fenceRecord(task.changelogTopic, partition, nonce)],
    await limits.load([task.changelogTopic]),
  );
  try {
    const restore = await restoreChangelog(context, nonce, signal);
    const { position, entries } = restore;
    const next = await checkedStart(context, position);
    const spans = spanReader(context, signal);
    return { transactions, restored: { partition, partitions, entries, position, spans, signal }, next };
  } catch (error) {
    await transactions.close();
    throw error;
  }
}

async function restoreChangelog(
  context: OpeningContext,
  nonce: string,
  signal: AbortSignal,
): Promise<ChangelogRestore> {
  const { admin, ranges, task, partition } = context;
  const restore = new ChangelogRestore(nonce);
  let fenceSeen = false;
  const isLast = (record: InputRecord) => (fenceSeen = restore.isOwnFence(record));
  // Our fence lies before this end. If it is not there any more, compaction has taken it for a newer owner's.
  const { low, end } = await admin.boundsOf(task.changelogTopic, partition);
  await ranges.read(
    { topic: task.changelogTopic, partition, from: low, end, isLast },
    (records) => records.forEach((record) => restore.add(record)),
    signal,
  );
  if (!fenceSeen) throw new RollcastError('FENCED', { partition });
  return restore;
}

async function checkedStart(context: OpeningContext, position: Position | null): Promise<bigint> {
  const { admin, task, partition, partitions, groupId } = context;
  const { inputTopic, changelogTopic } = task;
  const { low, end } = await admin.boundsOf(inputTopic, partition);
  const committed = position === null ? await admin.groupOffsets(groupId, inputTopic) : null;
  const groupOffset = committed?.get(partition) ?? null;
  checkPosition({ inputTopic, changelogTopic, partition, partitions, position, groupOffset, low, end });
  return position?.next ?? low;
}

function spanReader(context: OpeningContext, signal: AbortSignal): SpanReader {
  const { admin, ranges, task, partition } = context;
  const readable = new Set<string>([task.inputTopic, ...task.spanTopics]);
  const refuseOthers = (topic: string) => {
    if (readable.has(topic)) return;
    throw new RollcastError('INTERNAL', { problem: `"${topic}" is not among the task's span topics` });
  };
  return {
    read: async ({ topic, from, last }, onRecords) => {
      refuseOthers(topic);
      const until = last === undefined ? {} : { isLast: (record: InputRecord) => record.offset >= last };
      await ranges.read({ topic, partition, from, ...until }, onRecords, signal);
    },
    bounds: async (topic) => {
      refuseOthers(topic);
      const { low, end } = await admin.boundsOf(topic, partition);
      return { low, end };
    },
  };
}
