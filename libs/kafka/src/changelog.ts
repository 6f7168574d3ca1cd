/** @file What stands in a partition's changelog, and how a state comes back from it.
 *
 *  One record a touched key (its small state; a tombstone forgets it) and two reserved keys: `position`, written
 *  with every commit, and `fence`, a random nonce of the owner, written once per opening.
 *
 *  Law: the position record is the truth about where the input goes on; the group offset is decoration. A restore
 *  ends at the owner's own fence record and at nothing else: compaction leaves holes and markers count in the end
 *  offset, but after the fence nothing of an older owner can follow. */
import { RollcastError } from '#contracts';
import type {
  InputRecord,
  OutputRecord,
  RestoredPartition,
  StateChange,
  TaskOutput,
} from './partition-task.js';

export const POSITION_KEY = 'position';
export const FENCE_KEY = 'fence';

/** Where the input goes on. */
export type Position = NonNullable<RestoredPartition['position']> & {
  /** That the input had; undefined: it does not say (written by an earlier version). */
  readonly partitions?: number | undefined;
};

/** The position as a changelog value: offsets as strings, for they may exceed 2^53. */
export function encodePosition({ next, last, partitions, partitionState }: Position): string {
  const state = partitionState === undefined ? null : partitionState;
  return JSON.stringify({
    next: String(next),
    last: last === null ? null : String(last),
    partitions,
    partitionState: state,
  });
}

/** @throws INTERNAL when the value is not one that `encodePosition` wrote */
export function decodePosition(value: string): Position {
  try {
    const parsed = JSON.parse(value) as {
      next: string;
      last: string | null;
      partitions?: number;
      partitionState: unknown;
    };
    return {
      next: BigInt(parsed.next),
      last: parsed.last === null ? null : BigInt(parsed.last),
      ...(parsed.partitions === undefined ? {} : { partitions: parsed.partitions }),
      partitionState: parsed.partitionState,
    };
  } catch (error) {
    throw new RollcastError('INTERNAL', { problem: `position record "${value}" cannot be read` }, error);
  }
}

/** The fence record of an opening. */
export const fenceRecord = (changelogTopic: string, partition: number, nonce: string): OutputRecord => ({
  topic: changelogTopic,
  partition,
  key: FENCE_KEY,
  value: nonce,
});

/** Everything that one batch writes, in order: the outputs, the touched keys, the position. Never empty.
 *  @throws INTERNAL when a task writes to a reserved key */
export function commitRecords(
  changelogTopic: string,
  partition: number,
  output: TaskOutput,
  position: Position,
): OutputRecord[] {
  const changes = output.changes.map((change) => changeRecord(changelogTopic, partition, change));
  const value = encodePosition(position);
  return [...output.records, ...changes, { topic: changelogTopic, partition, key: POSITION_KEY, value }];
}

function changeRecord(topic: string, partition: number, { key, value }: StateChange): OutputRecord {
  if (key === POSITION_KEY || key === FENCE_KEY) {
    throw new RollcastError('INTERNAL', { problem: `the changelog key "${key}" is reserved` });
  }
  return { topic, partition, key, value };
}

/** The position behind a batch. An output without a partition state keeps the one before. */
export function positionAfter(
  before: Position | null,
  batch: readonly InputRecord[],
  output: TaskOutput,
  partitions: number,
): Position {
  const last = batch.at(-1)?.offset;
  if (last === undefined)
    throw new RollcastError('INTERNAL', { problem: 'a position behind an empty batch' });
  const partitionState = output.partitionState ?? before?.partitionState ?? null;
  return { next: last + 1n, last, partitions, partitionState };
}

/** Reads a changelog, record by record, up to the own fence. */
export class ChangelogRestore {
  readonly #nonce: string;
  readonly #entries = new Map<string, string>();
  #position: Position | null = null;

  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  /** Whether this is the record that the restore ends with. */
  isOwnFence(record: Pick<InputRecord, 'key' | 'value'>): boolean {
    return record.key?.toString() === FENCE_KEY && record.value?.toString() === this.#nonce;
  }

  add(record: Pick<InputRecord, 'key' | 'value'>): void {
    const key = record.key?.toString() ?? '';
    const value = record.value?.toString() ?? null;
    if (key === FENCE_KEY) return;
    if (key === POSITION_KEY) this.#position = value === null ? null : decodePosition(value);
    else if (value === null) this.#entries.delete(key);
    else this.#entries.set(key, value);
  }

  get entries(): ReadonlyMap<string, string> {
    return this.#entries;
  }

  get position(): Position | null {
    return this.#position;
  }
}

/** Refuses to open where the log contradicts the position.
 *  @throws CHANGELOG_LOST, PARTITIONS_CHANGED, RETENTION_GAP, INPUT_LOST */
export function checkPosition(found: {
  readonly inputTopic: string;
  readonly changelogTopic: string;
  readonly partition: number;
  /** That the input has now. */
  readonly partitions: number;
  readonly position: Position | null;
  /** The group's committed offset; null: none. */
  readonly groupOffset: bigint | null;
  readonly low: bigint;
  readonly end: bigint;
}): void {
  const { partition, partitions, position, low, end } = found;
  if (position === null) {
    if (found.groupOffset === null) return;
    throw new RollcastError('CHANGELOG_LOST', { topic: found.changelogTopic, partition });
  }
  if (position.partitions !== undefined && position.partitions !== partitions) {
    const details = { topic: found.inputTopic, found: partitions, before: position.partitions };
    throw new RollcastError('PARTITIONS_CHANGED', details);
  }
  const place = { topic: found.inputTopic, partition, from: position.next, low, end };
  if (position.next < low) throw new RollcastError('RETENTION_GAP', place);
  if (position.next > end) throw new RollcastError('INPUT_LOST', place);
}
