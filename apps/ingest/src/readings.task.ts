/** @file Readings to frames: the function that ingest runs in every partition of `readings`.
 *
 *  A reading is parsed, its stream looked up, its time held against its record's, sent home where it came in
 *  elsewhere, and aligned; whatever cannot be used becomes a dead letter. The arithmetic is in batch-output.ts.
 *
 *  Law: the same records, definitions and changelog give the same bytes, however the records are cut into batches.
 *  It knows no Kafka and no clock: time is what the records say. Absurd times are judged where a reading first comes
 *  in, by the record that carried it there. */
import {
  describeError,
  durationMs,
  formatDuration,
  formatTime,
  RollcastError,
  type StreamDefinition,
} from '#contracts';
import { alignmentRules, type AlignmentRules, alignReading, frameText } from '#alignment';
import {
  DefinitionReader,
  type DefinitionSource,
  type InputRecord,
  type OpenPartition,
  type PartitionTask,
  type RestoredPartition,
  type TaskOutput,
} from '#kafka';
import { BatchOutput } from './batch-output.js';
import { parseReading, type ParsedReading } from './parse-reading.js';
import { forwarded, forwardedFrom } from './passed-on.js';
import { SeriesStates } from './series-states.js';

export interface ReadingsTaskParts {
  readonly definitions: DefinitionSource;
  /** Partition of a key as the Java client computes it. */
  readonly homePartition: (key: string, partitions: number) => number;
}

/** A definition, worked out once for all its readings. */
interface StreamPolicy {
  readonly rules: AlignmentRules;
  /** Milliseconds. */
  readonly maxAhead: number;
  readonly expireAfter: number;
}

/** How long a series of a deleted stream is kept; a definition that is not in force cannot say. */
const EXPIRE_UNDEFINED = durationMs('30d');

/** The partition task of ingest. */
export function readingsTask(parts: ReadingsTaskParts): PartitionTask {
  return {
    inputTopic: 'readings',
    changelogTopic: 'ingest.state',
    spanTopics: [],
    open: async (restored) => new ReadingsPartition(parts, restored),
  };
}

class ReadingsPartition implements OpenPartition {
  readonly #parts: ReadingsTaskParts;
  readonly #partition: number;
  readonly #partitions: number;
  readonly #definitions: DefinitionReader;
  readonly #states: SeriesStates;
  readonly #policies = new WeakMap<StreamDefinition, StreamPolicy>();
  /** Greatest record timestamp so far: the partition's only clock. */
  #now: number;

  constructor(parts: ReadingsTaskParts, restored: RestoredPartition) {
    this.#parts = parts;
    this.#partition = restored.partition;
    this.#partitions = restored.partitions;
    this.#definitions = new DefinitionReader(parts.definitions, restored.signal);
    this.#states = new SeriesStates(restored.entries);
    this.#now = restoredTime(restored.position?.partitionState);
  }

  async process(batch: readonly InputRecord[]): Promise<TaskOutput> {
    const output = new BatchOutput();
    this.#definitions.beginBatch(
      batch.reduce((latest, record) => Math.max(latest, record.timestamp), -Infinity),
    );
    for (const record of batch) {
      this.#now = Math.max(this.#now, record.timestamp);
      output.count('read');
      try {
        await this.#take(record, output);
      } catch (error) {
        if (!(error instanceof RollcastError) || error.fate !== 'dead-letter') throw error;
        output.dead(record, error);
      }
    }
    const expireAfter = (stream: string) => {
      const definition = this.#definitions.peek(stream);
      return definition === null ? EXPIRE_UNDEFINED : this.#policyOf(definition).expireAfter;
    };
    output.count('expired', this.#states.sweep(this.#now, expireAfter));
    return this.#finished(output);
  }

  reject(record: InputRecord, error: unknown): TaskOutput {
    const output = new BatchOutput();
    this.#now = Math.max(this.#now, record.timestamp);
    output.count('read');
    output.dead(record, new RollcastError('POISON', { problem: describeError(error) }, error));
    return this.#finished(output);
  }

  #finished({ records, counts }: BatchOutput): TaskOutput {
    const partitionState = { now: Number.isFinite(this.#now) ? this.#now : null };
    return { records, changes: this.#states.takeChanges(), partitionState, counts };
  }

  /** One record. @throws a RollcastError of fate `dead-letter` where the whole reading cannot be used */
  async #take(record: InputRecord, output: BatchOutput): Promise<void> {
    const reading = parseReading(record.value);
    const definition = await this.#definitions.find(reading.stream, record.timestamp);
    if (definition === null) {
      this.#states.forget(reading.stream, reading.key);
      throw new RollcastError('UNKNOWN_STREAM', { stream: reading.stream });
    }
    const policy = this.#policyOf(definition);
    refuseAbsurdTime(policy, reading.time, record.timestamp);
    const home = this.#parts.homePartition(reading.key, this.#partitions);
    if (home !== this.#partition) {
      const from = forwardedFrom(record);
      if (from !== null) {
        const problem = `it was forwarded from ${from} to partition ${this.#partition} and belongs to ${home}`;
        throw new RollcastError('POISON', { problem });
      }
      output.records.push(forwarded(record, reading.key, home));
      output.count('forwarded');
      return;
    }
    this.#align(record, reading, policy, output);
  }

  #align(record: InputRecord, reading: ParsedReading, policy: StreamPolicy, output: BatchOutput): void {
    const { rules, expireAfter } = policy;
    const { stream, series, key } = reading;
    const known = this.#states.get(stream, key, this.#now, expireAfter);
    if (known === null && this.#states.forget(stream, key)) output.count('expired');
    const { state, frames, outcome, refusals, unknownChannels } = alignReading(rules, known, reading);
    if (state === null) this.#states.forget(stream, key);
    else this.#states.set(stream, key, this.#now, state);

    for (const refusal of refusals) output.dead(record, refusal);
    output.count('unknownChannels', unknownChannels);
    for (const frame of frames) {
      output.records.push({ topic: 'frames', key, value: frameText(rules, series, frame) });
    }
    output.count('frames', frames.length);
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
