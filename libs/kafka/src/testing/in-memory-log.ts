/** @file A log without a broker: topics with partitions, offsets with holes, append times that the test gives.
 *
 *  Law: what a task can see here is what it can see on Kafka with read_committed: a transaction is appended as a
 *  whole and then costs one offset a touched partition (the marker), compaction leaves holes, a partition is chosen
 *  by the key's home. Nothing here reads a clock. */
import { homePartition } from '../home-partition.js';
import type { InputRecord, OutputRecord, WrittenSpan } from '../partition-task.js';

interface MemoryPartition {
  records: InputRecord[];
  low: bigint;
  end: bigint;
}

const bytes = (part: string | Buffer | null): Buffer | null => (part === null ? null : Buffer.from(part));

export class InMemoryLog {
  readonly partitions: number;
  /** Append time of the next records (milliseconds): only the test moves it. */
  time = 0;
  readonly #topics = new Map<string, MemoryPartition[]>();

  /** `partitions`: of every topic. */
  constructor(partitions = 1) {
    this.partitions = partitions;
  }

  /** Appends one record; its partition, unless given, is the home of its key (without a key: 0).
   *  @returns its offset */
  append(record: OutputRecord): bigint {
    const { topic, key, value, headers = {} } = record;
    const partition = record.partition ?? (key === null ? 0 : homePartition(key, this.partitions));
    const log = this.#partition(topic, partition);
    const offset = log.end;
    const copied = Object.entries(headers).map(([name, part]) => [name, Buffer.from(part)] as const);
    log.records.push({
      topic,
      partition,
      offset,
      timestamp: this.time,
      key: bytes(key),
      value: bytes(value),
      headers: Object.fromEntries(copied),
    });
    log.end += 1n;
    return offset;
  }

  /** Appends a transaction as a whole; records without a partition go `home`.
   *  @returns where the first record of each topic partition landed */
  commit(records: readonly OutputRecord[], home: number): WrittenSpan[] {
    const written = new Map<string, WrittenSpan>();
    for (const record of records) {
      const partition = record.partition ?? home;
      const first = this.append({ ...record, partition });
      const place = `${record.topic}/${partition}`;
      if (!written.has(place)) written.set(place, { topic: record.topic, partition, first });
    }
    for (const { topic, partition } of written.values()) this.skip(topic, partition);
    return [...written.values()];
  }

  /** Leaves holes: offsets that hold no record, as markers and aborted transactions do. */
  skip(topic: string, partition: number, offsets = 1): void {
    this.#partition(topic, partition).end += BigInt(offsets);
  }

  /** Keeps the newest record of each key, as the cleaner would in the end; tombstones go too. */
  compact(topic: string): void {
    for (const log of this.#all(topic)) {
      const newest = new Map(log.records.map((record) => [record.key?.toString() ?? '', record.offset]));
      log.records = log.records.filter(
        (record) => record.value !== null && newest.get(record.key?.toString() ?? '') === record.offset,
      );
    }
  }

  /** Drops what lies before `low`, as retention does. */
  truncate(topic: string, partition: number, low: bigint): void {
    const log = this.#partition(topic, partition);
    log.records = log.records.filter(({ offset }) => offset >= low);
    log.low = low;
    if (log.end < low) log.end = low;
  }

  /** Records of one partition from an offset on, in order. */
  read(topic: string, partition: number, from = 0n): readonly InputRecord[] {
    return this.#partition(topic, partition).records.filter(({ offset }) => offset >= from);
  }

  /** Keys and values of a topic as text, by partition, in order: what two runs are compared by. */
  texts(topic: string): { readonly key: string | null; readonly value: string | null }[][] {
    return this.#all(topic).map(({ records }) =>
      records.map(({ key, value }) => ({ key: key?.toString() ?? null, value: value?.toString() ?? null })),
    );
  }

  bounds(topic: string, partition: number): { readonly low: bigint; readonly end: bigint } {
    const { low, end } = this.#partition(topic, partition);
    return { low, end };
  }

  /** A log with the same topics, records and offsets, that goes its own way from here. */
  copy(): InMemoryLog {
    const twin = new InMemoryLog(this.partitions);
    twin.time = this.time;
    for (const [topic, list] of this.#topics) {
      twin.#topics.set(
        topic,
        list.map((one) => ({ ...one, records: [...one.records] })),
      );
    }
    return twin;
  }

  #all(topic: string): MemoryPartition[] {
    const found = this.#topics.get(topic);
    if (found !== undefined) return found;
    const made = Array.from({ length: this.partitions }, () => ({ records: [], low: 0n, end: 0n }));
    this.#topics.set(topic, made);
    return made;
  }

  #partition(topic: string, partition: number): MemoryPartition {
    const found = this.#all(topic)[partition];
    if (found === undefined) throw new RangeError(`topic "${topic}" has no partition ${partition}`);
    return found;
  }
}
