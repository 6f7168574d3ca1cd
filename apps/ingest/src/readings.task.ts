/** @file Readings to frames: the function that ingest runs in every partition of `readings`.
 *
 *  A reading is parsed, its stream looked up, its time held against its record's, sent home where it came in
 *  elsewhere, and aligned; whatever cannot be used becomes a dead letter. The arithmetic is in batch-output.ts.
 *
 *  Law: the same records, definitions and changelog give the same bytes, however the records are cut into batches.
 *  It knows no Kafka and no clock: time is what the records say. Absurd times are judged where a reading first comes
 *  in, by the record that carried it there. A series that ends leaves nothing behind: what it had taken in becomes
 *  frames, or dead letters where its stream is gone. */
import {
  describeError,
  durationMs,
  formatDuration,
  formatTime,
  isDeadLetter,
  readingTimeHeader,
  RollcastError,
  seriesLifeHeader,
  type StreamDefinition,
} from '#contracts';
import {
  type AlignedFrame,
  alignmentRules,
  type AlignmentRules,
  alignReading,
  endSeries,
  frameText,
  type SeriesState,
} from '#alignment';
import {
  DefinitionReader,
  type DefinitionSource,
  homePartition,
  type InputRecord,
  type OpenPartition,
  type PartitionTask,
  type RestoredPartition,
  type TaskOutput,
} from '#kafka';
import { BatchOutput } from './batch-output.js';
import { parseReading, type ParsedReading } from './parse-reading.js';
import { forwarded, wasForwardedHere } from './passed-on.js';
import { isExpired, type KeptSeries, SeriesStates } from './series-states.js';

export interface ReadingsTaskParts {
  readonly definitions: DefinitionSource;
}

/** A definition, worked out once for all its readings. */
interface StreamPolicy {
  readonly rules: AlignmentRules;
  /** Milliseconds. */
  readonly maxAhead: number;
  readonly expireAfter: number;
}

/** Silent series are looked for with the first record of every minute of the partition's time. */
const SWEEP_EVERY = durationMs('1m');
/** Series that one look ends: a transaction stays small, and 144,000 a day are enough. */
const SWEEP_LIMIT = 100;

/** The partition task of ingest. */
export function readingsTask(parts: ReadingsTaskParts): PartitionTask {
  return {
    inputTopic: 'readings',
    changelogTopic: 'ingest.state',
    spanTopics: [],
    open: async (restored) => {
      // Whatever the owner before knew, or a table that lags would take the streams of its states for deleted.
      await parts.definitions.catchUp(restored.signal);
      return new ReadingsPartition(parts, restored);
    },
  };
}

class ReadingsPartition implements OpenPartition {
  readonly #partition: number;
  readonly #partitions: number;
  readonly #definitions: DefinitionReader;
  readonly #states: SeriesStates;
  readonly #policies = new WeakMap<StreamDefinition, StreamPolicy>();
  /** Greatest record timestamp so far: the partition's only clock. */
  #now: number;

  constructor({ definitions }: ReadingsTaskParts, restored: RestoredPartition) {
    this.#partition = restored.partition;
    this.#partitions = restored.partitions;
    this.#definitions = new DefinitionReader(definitions, restored.signal);
    this.#states = new SeriesStates(restored.entries);
    this.#now = restoredTime(restored.position?.partitionState);
  }

  async process(batch: readonly InputRecord[]): Promise<TaskOutput> {
    const output = new BatchOutput();
    this.#definitions.beginBatch(batch.at(-1)?.offset ?? -1n);
    for (const record of batch) {
      output.count('read');
      this.#moveOn(record, output);
      try {
        await this.#take(record, output);
      } catch (error) {
        if (!isDeadLetter(error)) throw error;
        output.dead(record, error);
      }
    }
    return this.#finished(output);
  }

  reject(record: InputRecord, error: unknown): TaskOutput {
    const output = new BatchOutput();
    // Nothing is ended: what threw on this record may have been that.
    this.#now = Math.max(this.#now, record.timestamp);
    output.count('read');
    output.dead(record, new RollcastError('POISON', { problem: describeError(error) }, error));
    return this.#finished(output);
  }

  #finished({ records, counts }: BatchOutput): TaskOutput {
    const partitionState = { now: Number.isFinite(this.#now) ? this.#now : null };
    return { records, changes: this.#states.takeChanges(), partitionState, counts };
  }

  /** The partition's time, and what it ends. */
  #moveOn(record: InputRecord, output: BatchOutput): void {
    const before = this.#now;
    this.#now = Math.max(before, record.timestamp);
    if (Math.floor(before / SWEEP_EVERY) === Math.floor(this.#now / SWEEP_EVERY)) return;
    const policyOf = (stream: string) => {
      const definition = this.#definitions.peek(stream);
      return definition === null ? null : this.#policyOf(definition);
    };
    const expireAfter = (stream: string) => policyOf(stream)?.expireAfter ?? 0;
    for (const series of this.#states.takeExpired(this.#now, expireAfter, SWEEP_LIMIT)) {
      this.#end(record, series, policyOf(series.stream)?.rules ?? null, output);
    }
  }

  /** One record. @throws a RollcastError of fate `dead-letter` where the whole reading cannot be used */
  async #take(record: InputRecord, output: BatchOutput): Promise<void> {
    const reading = parseReading(record.value);
    const definition = await this.#definitions.find(reading.stream);
    if (definition === null) {
      this.#stateFor(record, reading, null, output);
      throw new RollcastError('UNKNOWN_STREAM', { stream: reading.stream });
    }
    const policy = this.#policyOf(definition);
    refuseAbsurdTime(policy, reading.time, record.timestamp);
    const home = homePartition(reading.key, this.#partitions);
    if (home !== this.#partition) {
      if (wasForwardedHere(record, this.#partitions)) {
        const problem = `it was forwarded to partition ${this.#partition} and belongs to ${home}`;
        throw new RollcastError('POISON', { problem });
      }
      output.records.push(forwarded(record, reading.key, home, this.#partitions));
      output.count('forwarded');
      return;
    }
    this.#align(record, reading, policy, output);
  }

  #align(record: InputRecord, reading: ParsedReading, policy: StreamPolicy, output: BatchOutput): void {
    const { rules } = policy;
    const { stream, key } = reading;
    const known = this.#stateFor(record, reading, policy, output);
    const { state, frames, outcome, refusals, unknownChannels } = alignReading(rules, known, reading);
    if (state !== null) this.#states.set(stream, key, this.#now, state);

    for (const refusal of refusals) output.dead(record, refusal);
    output.count('unknownChannels', unknownChannels);
    const begun = this.#states.get(stream, key)?.begun ?? this.#now;
    this.#writeFrames(record, { ...reading, begun }, rules, frames, output);
    switch (outcome.kind) {
      case 'accepted':
        output.count('framed');
        if (outcome.correction) output.count('corrected');
        return;
      case 'duplicate':
      case 'tick':
      case 'refused':
        output.count(outcome.kind);
        return;
      case 'late':
      case 'unknown':
      case 'crowded':
        throw outcome.error;
      default:
        outcome satisfies never;
    }
  }

  /** The state that a reading meets; one that is over by now is ended before.
   *  @param policy null: the stream is not defined */
  #stateFor(
    record: InputRecord,
    { stream, key }: ParsedReading,
    policy: StreamPolicy | null,
    output: BatchOutput,
  ): SeriesState | null {
    const kept = this.#states.get(stream, key);
    if (kept === null) return null;
    const isOf = policy?.rules.fingerprint === kept.state.fingerprint;
    if (policy !== null && isOf && !isExpired(kept, this.#now, policy.expireAfter)) return kept.state;
    this.#states.forget(stream, key);
    this.#end(record, { stream, key, ...kept }, policy?.rules ?? null, output);
    return null;
  }

  /** Writes what a series leaves that has been forgotten. */
  #end(
    record: InputRecord,
    { stream, key, begun, state }: KeptSeries,
    rules: AlignmentRules | null,
    output: BatchOutput,
  ): void {
    const { frames, unframed } = endSeries(rules, state);
    const series = key.slice(stream.length + 1);
    if (rules?.fingerprint === state.fingerprint) {
      output.count('expired');
      this.#writeFrames(record, { series, key, begun }, rules, frames, output);
    }
    for (const reading of unframed) output.gone(record, { stream, series, ...reading });
  }

  /** @param record the one that closes their steps */
  #writeFrames(
    record: InputRecord,
    { series, key, begun }: Pick<ParsedReading, 'series' | 'key'> & Pick<KeptSeries, 'begun'>,
    rules: AlignmentRules,
    frames: readonly AlignedFrame[],
    output: BatchOutput,
  ): void {
    const headers = { ...readingTimeHeader(record), ...seriesLifeHeader(begun) };
    for (const frame of frames) {
      output.records.push({ topic: 'frames', key, value: frameText(rules, series, frame), headers });
    }
    output.count('frames', frames.length);
  }

  #policyOf(definition: StreamDefinition): StreamPolicy {
    const known = this.#policies.get(definition);
    if (known !== undefined) return known;
    const policy = {
      rules: alignmentRules(definition),
      maxAhead: durationMs(definition.maxAhead),
      expireAfter: durationMs(definition.expireAfter),
    };
    this.#policies.set(definition, policy);
    return policy;
  }
}

/** @throws ABSURD_TIME */
function refuseAbsurdTime({ maxAhead }: StreamPolicy, time: number, recordTime: number): void {
  if (time <= recordTime + maxAhead) return;
  throw new RollcastError('ABSURD_TIME', {
    time: formatTime(time),
    maxAhead: formatDuration(maxAhead),
    recordTime: formatTime(recordTime),
  });
}

/** @throws INTERNAL when the state of the partition is not one of ours */
function restoredTime(partitionState: unknown): number {
  if (partitionState === undefined || partitionState === null) return -Infinity;
  const { now } = partitionState as { readonly now?: unknown };
  if (now === null) return -Infinity;
  if (Number.isSafeInteger(now)) return now as number;
  throw new RollcastError('INTERNAL', { problem: 'the state of a readings partition cannot be read' });
}
