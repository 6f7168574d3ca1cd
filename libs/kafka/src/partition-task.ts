/** @file What runs inside a partition: a pure function over the log.
 *
 *  Law: the same changelog, the same side topics and the same input records give the same outputs and the same
 *  changelog records, however the input is cut into batches. A task knows no clock, no Kafka client and no Nest;
 *  so the in-memory log of the tests runs it exactly as the broker does.
 *
 *  The runner owns everything else: fencing, restoring, the transaction, the position. After any error it drops the
 *  open partition and opens a new one from the log, so a task may mutate its state freely and never repairs it. */

/** One input record, its bytes copied out of the client's fetch buffer. */
export interface InputRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds; the broker's append time (our topics use LogAppendTime). The only clock a task may read. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

/** One record to write in the transaction of the batch. */
export interface OutputRecord {
  /** Unprefixed name of the topic, as in `libs/contracts` topics. */
  readonly topic: string;
  /** The task's own partition when left out: a series stays in one partition all the way. */
  readonly partition?: number;
  readonly key: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
}

/** The newest small state of one key; `null` forgets it (a tombstone). */
export interface StateChange {
  readonly key: string;
  readonly value: string | null;
}

/** What one batch leads to; committed as a whole or not at all. */
export interface TaskOutput {
  /** In the order of the input records that caused them. */
  readonly records: readonly OutputRecord[];
  /** One a touched key, the last value only. */
  readonly changes: readonly StateChange[];
  /** JSON-able state of the whole partition, written with the position when given. */
  readonly partitionState?: unknown;
  /** What to add to the service's counters once the transaction is committed: `{ framed: 3, 'dead:LATE': 1 }`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A range of one partition of another topic of the same service: `from` inclusive, up to and including `last`, or
 *  everything committed when the read begins. */
export interface OffsetSpan {
  readonly topic: string;
  readonly from: bigint;
  /** Offset of a data record that exists: a range never ends by arithmetic (markers and compaction leave holes). */
  readonly last?: bigint;
}

/** Reads committed ranges of the task's own partition number. */
export interface SpanReader {
  /** Calls `onRecords` with the committed records of the span in order; resolves when `last` was handed over.
   *  @throws RETENTION_GAP when the log no longer holds `from`. */
  read(span: OffsetSpan, onRecords: (records: readonly InputRecord[]) => Promise<void> | void): Promise<void>;
  /** First offset still held, and the end of what is stable: the offset that the next record will get (markers count, so
   *  the last data record may lie well before it), or the first one of a transaction that is still open. That may be
   *  our own last commit, as long as its marker is on its way. */
  bounds(topic: string): Promise<{ readonly low: bigint; readonly end: bigint }>;
}

/** What the runner found in the log for a partition that it has just fenced. */
export interface RestoredPartition {
  readonly partition: number;
  /** Partition count, the same for all topics of the pipeline. */
  readonly partitions: number;
  /** The changelog without its reserved keys: newest value a key. */
  readonly entries: ReadonlyMap<string, string>;
  /** Where the input goes on; null on a first start (empty state, start of the log). */
  readonly position: {
    readonly next: bigint;
    /** Offset of the last data record processed; null when none was. */
    readonly last: bigint | null;
    readonly partitionState: unknown;
  } | null;
  readonly spans: SpanReader;
  /** Aborted when the partition is given up: stop reading, throw or return. */
  readonly signal: AbortSignal;
}

/** Where a commit put its first record in one topic partition. */
export interface WrittenSpan {
  readonly topic: string;
  readonly partition: number;
  readonly first: bigint;
}

/** A partition in memory, from its opening to the first error or revocation. */
export interface OpenPartition {
  /** Never called again before it has settled, nor after it has thrown. */
  process(batch: readonly InputRecord[]): Promise<TaskOutput>;
  /** What to write instead when `process` has thrown on exactly this record (twice, alone in its batch):
   *  the dead letter of a record that makes our code throw. */
  reject(record: InputRecord, error: unknown): TaskOutput;
  /** Told after a commit where the first record of each written topic partition landed. State that remembers
   *  offsets of its own outputs learns them here; it is not called again after a restore. */
  committed?(written: readonly WrittenSpan[]): void;
  close?(): void;
}

/** The function of a service that the partition runner runs, once per input partition. */
export interface PartitionTask {
  /** Unprefixed names. */
  readonly inputTopic: string;
  readonly changelogTopic: string;
  /** Topics whose ranges `open` and `process` read back through `spans`. */
  readonly spanTopics: readonly string[];
  open(restored: RestoredPartition): Promise<OpenPartition>;
}
