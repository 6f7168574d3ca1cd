/** @file A task whose answer is known by hand: it carries the tests of the runner and of the in-memory log.
 *
 *  Per key it keeps count, sum and a float recurrence, and writes one output a record; a key is forgotten (a
 *  tombstone) after so many records; the partition keeps the greatest append time. A record with the value `poison`
 *  makes it throw, one with `bug` an error of our own registry.
 *
 *  Law: the output of a record depends on the records before it and on nothing else. */
import { RollcastError } from '#contracts';
import type {
  InputRecord,
  OpenPartition,
  PartitionTask,
  RestoredPartition,
  StateChange,
  TaskOutput,
} from '../partition-task.js';

interface Count {
  n: number;
  sum: number;
  level: number;
}

export interface CountingOptions {
  readonly inputTopic: string;
  readonly outputTopic: string;
  readonly changelogTopic: string;
  /** Records after which a key is forgotten; default 40. */
  readonly forgetAfter?: number;
  /** Makes the outputs depend on the batch boundaries: a task that breaks the law, for tests of the tests. */
  readonly batchDependent?: boolean;
  /** Told when a partition was restored. */
  readonly onOpen?: (restored: RestoredPartition) => void;
}

/** Text of a record of the input: its number and a value. */
export const countingInput = (i: number, value: number): string => JSON.stringify({ i, value });

class CountingPartition implements OpenPartition {
  readonly #options: CountingOptions;
  readonly #counts = new Map<string, Count>();
  #records: number;

  constructor(options: CountingOptions, restored: RestoredPartition) {
    this.#options = options;
    for (const [key, value] of restored.entries) this.#counts.set(key, JSON.parse(value) as Count);
    const state = restored.position?.partitionState as { records: number } | null | undefined;
    this.#records = state?.records ?? 0;
  }

  process(batch: readonly InputRecord[]): Promise<TaskOutput> {
    const touched = new Set<string>();
    const records = batch.map((record) => {
      const key = record.key?.toString() ?? '';
      touched.add(key);
      const value = this.#count(key, record.value?.toString() ?? '', batch.length);
      return { topic: this.#options.outputTopic, key, value };
    });
    const partitionState = { records: this.#records };
    return Promise.resolve({
      records,
      changes: this.#changes(touched),
      partitionState,
      counts: { counted: batch.length },
    });
  }

  reject(record: InputRecord, error: unknown): TaskOutput {
    const problem = error instanceof Error ? error.message : String(error);
    const value = JSON.stringify({ rejected: record.value?.toString() ?? null, problem });
    const output = { topic: this.#options.outputTopic, key: record.key, value };
    return { records: [output], changes: [], counts: { rejected: 1 } };
  }

  #count(key: string, text: string, batchLength: number): string {
    if (text === 'poison') throw new Error('this record is poison');
    if (text === 'bug') throw new RollcastError('INTERNAL', { problem: 'this record meets it' });
    const { i, value } = JSON.parse(text) as { i: number; value: number };
    const count = this.#counts.get(key) ?? { n: 0, sum: 0, level: 0 };
    count.n += 1;
    count.sum += value;
    count.level = 0.9 * count.level + (0.1 * value) / 3;
    this.#records += 1;
    if (count.n >= (this.#options.forgetAfter ?? 40)) this.#counts.delete(key);
    else this.#counts.set(key, count);
    const extra = this.#options.batchDependent === true ? { batchLength } : {};
    return JSON.stringify({ i, ...count, records: this.#records, ...extra });
  }

  #changes(touched: ReadonlySet<string>): StateChange[] {
    return [...touched].map((key) => {
      const count = this.#counts.get(key);
      return { key, value: count === undefined ? null : JSON.stringify(count) };
    });
  }
}

/** The counting task over the given topics. */
export function countingTask(options: CountingOptions): PartitionTask {
  return {
    inputTopic: options.inputTopic,
    changelogTopic: options.changelogTopic,
    spanTopics: [],
    open: (restored) => {
      options.onOpen?.(restored);
      return Promise.resolve(new CountingPartition(options, restored));
    },
  };
}
