/** @file Whether two runs wrote the same: the committed records of topics, partition by partition, byte for byte.
 *
 *  Law: two logs are the same if and only if the answer is null; otherwise it names topic, partition, position and
 *  what differs: a record that is missing, one too many, doubled, swapped with a later one, or a changed key, value or
 *  header. Offsets and timestamps are the broker's business and not compared. */
import { type InputRecord, type KafkaClient, TopicReader } from '#kafka';

/** What is compared of a record; headers in their order. */
export type LoggedRecord = Pick<InputRecord, 'key' | 'value' | 'headers'>;

/** Topic -> partition -> records in order. */
export type CommittedLog<R extends LoggedRecord = LoggedRecord> = ReadonlyMap<
  string,
  readonly (readonly R[])[]
>;

/** Reads everything that is committed in these topics now. */
export async function readLog(
  client: KafkaClient,
  topics: readonly string[],
): Promise<Map<string, InputRecord[][]>> {
  const reader = new TopicReader(client, topics);
  try {
    const log = new Map<string, InputRecord[][]>();
    for (const topic of topics) {
      const partitions: InputRecord[][] = (await reader.bounds(topic)).map(() => []);
      for await (const records of reader.all(topic)) {
        for (const record of records) partitions[record.partition]?.push(record);
      }
      log.set(topic, partitions);
    }
    return log;
  } finally {
    await reader.close();
  }
}

/** The first difference; null: none.
 *  @param expected also says which topics are compared */
export function logDifference(expected: CommittedLog, found: CommittedLog): string | null {
  for (const [topic, wanted] of expected) {
    const is = found.get(topic);
    if (is === undefined) return `${topic} was not read`;
    if (is.length !== wanted.length)
      return `${topic} has ${is.length} partitions instead of ${wanted.length}`;
    for (const [partition, records] of wanted.entries()) {
      const difference = partitionDifference(records, is[partition] ?? []);
      if (difference !== null) return `${topic}, partition ${partition}, ${difference}`;
    }
  }
  return null;
}

/** @throws Error naming the first difference */
export function assertSameLog(expected: CommittedLog, found: CommittedLog): void {
  const difference = logDifference(expected, found);
  if (difference !== null) throw new Error(difference);
}

function partitionDifference(
  expected: readonly LoggedRecord[],
  found: readonly LoggedRecord[],
): string | null {
  const length = Math.max(expected.length, found.length);
  for (let at = 0; at < length; at++) {
    const [wanted, is] = [expected[at], found[at]];
    if (wanted !== undefined && is !== undefined && recordDifference(wanted, is) === null) continue;
    return `record ${at}: ${nameOf(expected, found, at)}`;
  }
  return null;
}

/** What happened at the first position where the two differ. */
function nameOf(expected: readonly LoggedRecord[], found: readonly LoggedRecord[], at: number): string {
  const [wanted, is] = [expected[at], found[at]];
  const counts = `(${found.length} records instead of ${expected.length})`;
  const same = (left: LoggedRecord | undefined, right: LoggedRecord | undefined) =>
    left !== undefined && right !== undefined && recordDifference(left, right) === null;
  if (is === undefined) return `lost: ${show(wanted)} ${counts}`;
  if (same(is, found[at - 1]) && !same(is, expected[at])) return `doubled: ${show(is)} ${counts}`;
  if (wanted === undefined) return `one too many: ${show(is)} ${counts}`;
  const later = expected.findIndex((record, index) => index > at && same(record, is));
  if (later > at && same(wanted, found[later])) return `swapped with record ${later}: ${show(is)} came first`;
  if (later > at && found.length < expected.length) {
    const more = later === at + 1 ? '' : ` and ${later - at - 1} after it`;
    return `lost: ${show(wanted)}${more} ${counts}`;
  }
  if (found.length > expected.length && same(wanted, found[at + 1]))
    return `one too many: ${show(is)} ${counts}`;
  return `changed: ${recordDifference(wanted, is)}`;
}

/** The first part in which two records differ; null: none. */
function recordDifference(expected: LoggedRecord, found: LoggedRecord): string | null {
  for (const part of ['key', 'value'] as const) {
    const [wanted, is] = [expected[part], found[part]];
    if (!sameBytes(wanted, is)) return `its ${part} is ${textOf(is)} instead of ${textOf(wanted)}`;
  }
  const [wanted, is] = [Object.entries(expected.headers), Object.entries(found.headers)];
  const names = (headers: typeof wanted) => headers.map(([name]) => name).join(', ') || 'none';
  if (names(wanted) !== names(is)) return `its headers are ${names(is)} instead of ${names(wanted)}`;
  for (const [index, [name, bytes]] of wanted.entries()) {
    const other = is[index]?.[1] ?? null;
    if (!sameBytes(bytes, other)) return `its header ${name} is ${textOf(other)} instead of ${textOf(bytes)}`;
  }
  return null;
}

function sameBytes(left: Buffer | null, right: Buffer | null): boolean {
  return left === null || right === null ? left === right : left.equals(right);
}

/** Bytes shown of a part. */
const SHOWN = 300;

function textOf(bytes: Buffer | null): string {
  if (bytes === null) return 'null';
  const text = JSON.stringify(bytes.subarray(0, SHOWN).toString());
  return bytes.length > SHOWN ? `${text} (of ${bytes.length} bytes)` : text;
}

function show(record: LoggedRecord | undefined): string {
  return record === undefined ? 'nothing' : `${textOf(record.key)} -> ${textOf(record.value)}`;
}
