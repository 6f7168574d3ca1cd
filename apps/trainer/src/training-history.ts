/** @file The frames of a training: which offsets, fixed when its job begins, and what stands in them.
 *
 *  Law: a job that goes on elsewhere trains on the frames that it began with, whatever has been written since; its
 *  ranges are kept beside its checkpoint. Only where the log no longer holds them it begins anew on what is left.
 *  A record that cannot be used (no frame, or one that goes back in time because its stream was defined anew) is
 *  counted and told once; it ends no training. */
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import {
  describeError,
  describeIssues,
  Frame,
  OffsetRange,
  RollcastError,
  type StreamDefinition,
} from '#contracts';
import { HistoryBuilder, type StreamHistory } from '#engine';
import type { CheckpointStore } from '#model-store';

const TOPIC = 'frames';
/** A fetch may hold a hundred thousand frames; health, locks and people must not wait until all are parsed. */
const RECORDS_AT_ONCE = 500;

/** The least that is needed of a record; those of `#kafka` have it. */
export interface FrameRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** The log of frames; met by TopicReader of `#kafka` and by an array. */
export interface FrameLog {
  bounds(
    topic: string,
  ): Promise<readonly { readonly partition: number; readonly low: bigint; readonly end: bigint }[]>;
  range(
    range: { readonly topic: string; readonly partition: number; readonly from: bigint; readonly to: bigint },
    signal?: AbortSignal,
  ): AsyncIterable<readonly FrameRecord[]>;
}

const Ranges = z.array(OffsetRange);

/** The name under which a job's ranges stand among the checkpoints. */
export function rangesName(job: string): string {
  return `${job}.ranges`;
}

/** The ranges that a job trains on: those it began with, or all that the log holds now.
 *  @throws BROKER_UNAVAILABLE, TOPIC_MISSING */
export async function claimRanges(
  log: FrameLog,
  checkpoints: Pick<CheckpointStore, 'readCheckpoint' | 'writeCheckpoint'>,
  job: string,
): Promise<OffsetRange[]> {
  const held = await log.bounds(TOPIC);
  const kept = parseRanges(await checkpoints.readCheckpoint(rangesName(job)));
  const stillHeld = kept?.every(({ partition, from, to }) => {
    const bounds = held.find((one) => one.partition === partition);
    return bounds !== undefined && bounds.low <= BigInt(from) && BigInt(to) <= bounds.end;
  });
  if (kept !== null && stillHeld === true) return kept;
  const ranges = held
    .filter(({ low, end }) => end > low)
    .map(({ partition, low, end }) => ({ partition, from: String(low), to: String(end) }));
  await checkpoints.writeCheckpoint(rangesName(job), Buffer.from(JSON.stringify(ranges)));
  return ranges;
}

export interface HistoryRequest {
  readonly log: FrameLog;
  readonly definition: StreamDefinition;
  readonly ranges: readonly OffsetRange[];
  readonly signal: AbortSignal;
  /** Told once, at the end: how many records of the stream could not be used, and what was wrong with the first. */
  readonly onSkipped: (records: number, first: string) => void;
}

/** Reads the history of one stream; of a series at most the definition's `maxSteps` newest grid steps.
 *  @throws the signal's reason, RETENTION_GAP, BROKER_UNAVAILABLE */
export async function readHistory(request: HistoryRequest): Promise<StreamHistory> {
  const { log, definition, ranges, signal, onSkipped } = request;
  const builder = new HistoryBuilder(definition, definition.retraining.maxSteps);
  // The frames of all streams share the topic: most are told apart without being parsed.
  const prefix = Buffer.from(`${definition.stream}/`);
  let skipped = 0;
  let first = '';
  for (const { partition, from, to } of ranges) {
    const range = { topic: TOPIC, partition, from: BigInt(from), to: BigInt(to) };
    try {
      for await (const records of log.range(range, signal)) {
        for (const [index, { offset, key, value }] of records.entries()) {
          if (index % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) await setImmediate();
          if (key === null || !key.subarray(0, prefix.length).equals(prefix)) continue;
          const problem = add(builder, value);
          if (problem === null) continue;
          if (skipped === 0) first = `partition ${partition}, offset ${offset}: ${problem}`;
          skipped += 1;
        }
        signal.throwIfAborted();
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
  if (skipped > 0) onSkipped(skipped, first);
  return builder.build();
}

/** @returns what is wrong with the record; null: nothing */
function add(builder: HistoryBuilder, value: Buffer | null): string | null {
  if (value === null) return 'it has no value';
  let json: unknown;
  try {
    json = JSON.parse(value.toString());
  } catch (error) {
    return describeError(error);
  }
  const frame = Frame.safeParse(json);
  if (!frame.success) return describeIssues(frame.error);
  try {
    builder.add(frame.data);
    return null;
  } catch (error) {
    if (error instanceof RollcastError) return error.message;
    throw error;
  }
}

function parseRanges(bytes: Buffer | null): OffsetRange[] | null {
  if (bytes === null) return null;
  const parsed = Ranges.safeParse(JSON.parse(bytes.toString()));
  return parsed.success ? parsed.data : null;
}
