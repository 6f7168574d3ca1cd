/** @file Runs a partition task over the in-memory log as the runner would over Kafka: restore, process, commit, and
 *  the same search for a poisonous record; shared with the runner are the changelog's rules and that search.
 *
 *  Law: it adds nothing that the runner does not do; `kill` forgets everything that is not in the log. */
import { RollcastError } from '#contracts';
import {
  ChangelogRestore,
  checkPosition,
  commitRecords,
  positionAfter,
  type Position,
} from '../changelog.js';
import type {
  InputRecord,
  OpenPartition,
  PartitionTask,
  RestoredPartition,
  TaskOutput,
} from '../partition-task.js';
import { isOfTheWorld, PoisonWatch } from '../poison.js';
import type { InMemoryLog } from './in-memory-log.js';

/** Moments between which a process may die. */
export type PumpMoment = 'opened' | 'processed' | 'committed';

export interface PumpOptions {
  /** Default: all of the log. */
  readonly partitions?: readonly number[];
  /** Records of the next batch; default 100. */
  readonly batchSize?: (partition: number) => number;
  /** Whether the process dies here; default never. */
  readonly kill?: (moment: PumpMoment, partition: number) => boolean;
}

export interface PumpReport {
  /** Sum of the counts of all commits. */
  readonly counts: Readonly<Record<string, number>>;
  /** Openings of partitions, the first ones included. */
  readonly openings: number;
  readonly transactions: number;
}

interface LivePartition {
  readonly open: OpenPartition;
  position: Position | null;
}

/** More openings than this of one partition mean that nothing moves on any more. */
const MAX_OPENINGS = 10_000;

/** Processes everything that lies in the task's input and was not processed yet.
 *  @throws what the runner would crash with */
export async function pump(
  task: PartitionTask,
  log: InMemoryLog,
  options: PumpOptions = {},
): Promise<PumpReport> {
  const counts: Record<string, number> = {};
  let openings = 0;
  let transactions = 0;
  for (const partition of options.partitions ?? Array.from({ length: log.partitions }, (_, index) => index)) {
    const poison = new PoisonWatch();
    const dies = (moment: PumpMoment) => options.kill?.(moment, partition) === true;
    for (let done = false, tries = 0; !done; tries++) {
      if (tries > MAX_OPENINGS) throw new Error(`partition ${partition} was opened ${tries} times`);
      openings += 1;
      const live = await openPartition(task, log, partition);
      if (dies('opened')) continue;
      done = await drain(task, log, partition, live, poison, options, (output) => {
        transactions += 1;
        for (const [name, count] of Object.entries(output.counts)) counts[name] = (counts[name] ?? 0) + count;
      });
      live.open.close?.();
    }
  }
  return { counts, openings, transactions };
}

async function openPartition(
  task: PartitionTask,
  log: InMemoryLog,
  partition: number,
): Promise<LivePartition> {
  const restore = new ChangelogRestore('');
  for (const record of log.read(task.changelogTopic, partition)) restore.add(record);
  const { position, entries } = restore;
  const { inputTopic, changelogTopic } = task;
  const { low, end } = log.bounds(inputTopic, partition);
  const { partitions } = log;
  const place = { inputTopic, changelogTopic, partition, partitions };
  checkPosition({ ...place, position, groupOffset: null, low, end });
  const restored: RestoredPartition = {
    partition,
    partitions,
    entries,
    position,
    signal: new AbortController().signal,
    spans: {
      read: async ({ topic, from, last }, onRecords) => {
        const { low: held } = log.bounds(topic, partition);
        if (from < held) throw new RollcastError('RETENTION_GAP', { topic, partition, from, low: held });
        const records = log
          .read(topic, partition, from)
          .filter(({ offset }) => last === undefined || offset <= last);
        if (records.length > 0) await onRecords(records);
      },
      bounds: (topic) => Promise.resolve(log.bounds(topic, partition)),
    },
  };
  return { open: await task.open(restored), position };
}

/** @returns true when the input is used up; false when the process died or the task threw */
async function drain(
  task: PartitionTask,
  log: InMemoryLog,
  partition: number,
  live: LivePartition,
  poison: PoisonWatch,
  options: PumpOptions,
  onCommit: (output: TaskOutput) => void,
): Promise<boolean> {
  const dies = (moment: PumpMoment) => options.kill?.(moment, partition) === true;
  for (;;) {
    const ahead = log.read(task.inputTopic, partition, live.position?.next ?? 0n);
    const first = ahead[0];
    if (first === undefined) return true;
    const usual = Math.max(1, options.batchSize?.(partition) ?? 100);
    const batch = ahead.slice(0, poison.batchLimit(first.offset, usual));
    const output = await work(live.open, batch, poison);
    if (output === null || dies('processed')) return false;
    const position = positionAfter(live.position, batch, output, log.partitions);
    const written = log.commit(commitRecords(task.changelogTopic, partition, output, position), partition);
    live.position = position;
    poison.committed(position.next);
    live.open.committed?.(written);
    onCommit(output);
    if (dies('committed')) return false;
  }
}

async function work(
  open: OpenPartition,
  batch: readonly InputRecord[],
  poison: PoisonWatch,
): Promise<TaskOutput | null> {
  const first = batch[0];
  const rejection = first === undefined ? undefined : poison.rejection(first);
  if (first !== undefined && rejection !== undefined) return open.reject(first, rejection.error);
  try {
    return await open.process(batch);
  } catch (error) {
    if (!isOfTheWorld(error)) poison.threw(batch, error);
    else if (error.fate === 'crash') throw error;
    return null;
  }
}
