/** @file Frames to forecasts and evaluations: the function that the predictor runs in every partition of `frames`.
 *
 *  Law: the same frames, definitions, versions and switch records give the same bytes, however the frames are cut into
 *  batches and however often the partition was rebuilt. It knows no Kafka and no clock: time is what the records say. */
import {
  COLD_START_VERSION,
  deadLetterHeaders,
  describeError,
  type Forecast,
  type ModelRecord,
  modelRecordKey,
  parseSeriesKey,
  readingTimeHeader,
  RollcastError,
  seriesKey,
  type StreamDefinition,
} from '#contracts';
import type { OriginResult } from '#engine';
import {
  DefinitionReader,
  type DefinitionSource,
  type InputRecord,
  type OpenPartition,
  type OutputRecord,
  type PartitionTask,
  type RestoredPartition,
  type StateChange,
  type TaskOutput,
  type WrittenSpan,
} from '#kafka';
import { onGrid, parseFrame } from './parse-frame.js';
import { decodeSeries, fingerprintOf, type SeriesRecord } from './series-record.js';
import { type LoggedFrame, StreamServing } from './stream-serving.js';
import { readsInTurn } from './reads-in-turn.js';
import { AT_FIRST, type InForce, type VersionSource } from './version-source.js';

export interface FramesTaskParts {
  readonly definitions: DefinitionSource;
  readonly versions: VersionSource;
  /** Told of every switch and refusal as it is being written: for the log of the service. */
  readonly onAnnounced?: (record: ModelRecord) => void;
}

/** The partition task of the predictor. */
export function framesTask(parts: FramesTaskParts): PartitionTask {
  return {
    inputTopic: 'frames',
    changelogTopic: 'predictor.state',
    spanTopics: ['forecasts'],
    open: (restored) => FramesPartition.open(parts, restored),
  };
}

/** What belongs to the whole partition, in the position record. */
interface PartitionState {
  /** Greatest record timestamp so far; null: none. */
  readonly now: number | null;
  /** By stream, where it is not the cold start. */
  readonly inForce: Readonly<Record<string, InForce>>;
}

/** One record of a batch, sorted. */
type Slot = { readonly record: InputRecord } & (
  | { readonly serving: StreamServing; readonly frame: LoggedFrame }
  | { readonly error: RollcastError }
  | { readonly skipped: true }
);

class FramesPartition implements OpenPartition {
  private readonly definitions: DefinitionReader;
  private readonly streams = new Map<string, StreamServing>();
  private readonly inForce: Map<string, InForce>;
  private now: number;
  private lastServed: bigint | null;
  /** Lower bound of the offsets that forecasts written from now on will get. */
  private forecastsNext = 0n;
  private readonly stopListening: () => void;
  /** Changelog entries that nobody took: streams that are not defined any more. */
  private orphans: StateChange[] = [];

  private constructor(
    private readonly parts: FramesTaskParts,
    private readonly restored: RestoredPartition,
  ) {
    this.definitions = new DefinitionReader(parts.definitions, restored.signal);
    this.stopListening = parts.versions.onAnnounced((stream) => this.streams.get(stream)?.prepare());
    const state = (restored.position?.partitionState ?? { now: null, inForce: {} }) as PartitionState;
    this.now = state.now ?? -Infinity;
    this.inForce = new Map(Object.entries(state.inForce));
    this.lastServed = restored.position?.last ?? null;
  }

  static async open(parts: FramesTaskParts, restored: RestoredPartition): Promise<FramesPartition> {
    // What the owner before was told of versions, and wrote of switches, must be known here too: a table that lags would
    // take its version for unknown, or go back to the champion before.
    await parts.versions.catchUp(restored.signal);
    const spans = readsInTurn(restored.spans);
    const partition = new FramesPartition(parts, { ...restored, spans });
    try {
      await partition.rebuildAll();
      for (const serving of partition.streams.values()) serving.prepare();
    } catch (error) {
      partition.close();
      throw error;
    }
    return partition;
  }

  private async rebuildAll(): Promise<void> {
    const { parts, restored } = this;
    const { end } = await restored.spans.bounds('forecasts');
    this.forecastsNext = end;
    const byStream = new Map<string, Map<string, SeriesRecord>>();
    for (const [key, text] of restored.entries) {
      const name = parseSeriesKey(key);
      if (name === null)
        throw new RollcastError('INTERNAL', { problem: `the stored key ${key} is not one of ours` });
      const records = byStream.get(name.stream) ?? new Map<string, SeriesRecord>();
      byStream.set(name.stream, records.set(name.series, decodeSeries(key, text)));
    }
    for (const [stream, records] of byStream) {
      const definition = parts.definitions.get(stream);
      if (definition === null) {
        this.orphans.push(
          ...[...records.keys()].map((series) => ({ key: seriesKey(stream, series), value: null })),
        );
      } else {
        const inForce = this.inForce.get(stream) ?? AT_FIRST;
        this.streams.set(stream, await this.serving(definition, inForce, records));
      }
    }
    await this.rebuild([...this.streams.values()]);
  }

  async process(batch: readonly InputRecord[]): Promise<TaskOutput> {
    const latest = batch.reduce((time, { timestamp }) => Math.max(time, timestamp), -Infinity);
    this.definitions.beginBatch(latest);
    const slots: Slot[] = [];
    const newest = new Map<string, LoggedFrame>();
    for (const record of batch) slots.push(await this.sort(record, newest));
    const results = await this.serve(slots);
    const counts: Record<string, number> = { read: batch.length };
    const count = (name: string) => (counts[name] = (counts[name] ?? 0) + 1);
    const records: OutputRecord[] = [];
    slots.forEach((slot, index) => {
      if ('error' in slot) {
        records.push(deadFrame(slot.record, slot.error));
        count(`dead:${slot.error.code}`);
      }
      if ('skipped' in slot) count('unknownStream');
      if (!('frame' in slot)) return;
      const { forecast, evaluation } = results[index] as OriginResult;
      const key = seriesKey(slot.serving.definition.stream, slot.frame.series);
      if (forecast !== null) {
        const headers = readingTimeHeader(slot.record);
        records.push({ topic: 'forecasts', key, value: JSON.stringify(forecast), headers });
        count('forecasts');
      }
      records.push({ topic: 'evaluations', key, value: JSON.stringify(evaluation) });
      count('evaluations');
    });
    let expired = 0;
    for (const serving of this.streams.values()) expired += serving.expire(this.now);
    if (expired > 0) counts['expired'] = expired;
    return this.finished(batch, records, counts);
  }

  reject(record: InputRecord, error: unknown): TaskOutput {
    this.now = Math.max(this.now, record.timestamp);
    const poison = new RollcastError('POISON', { problem: describeError(error) }, error);
    return this.finished([record], [deadFrame(record, poison)], { read: 1, 'dead:POISON': 1 });
  }

  committed(written: readonly WrittenSpan[]): void {
    for (const { topic, first } of written) {
      if (topic === 'forecasts') this.forecastsNext = first + 1n;
    }
  }

  close(): void {
    this.stopListening();
    for (const serving of this.streams.values()) void serving.close();
  }

  /** Whose frame a record is; a stream that is new here, or has changed, is opened. */
  private async sort(record: InputRecord, newest: Map<string, LoggedFrame>): Promise<Slot> {
    this.now = Math.max(this.now, record.timestamp);
    try {
      const said = parseFrame(record.value);
      const definition = await this.definitions.find(said.stream, record.timestamp);
      if (definition === null) return { record, skipped: true };
      const serving = await this.servingOf(definition);
      const frame = { ...onGrid(said, definition), offset: record.offset, now: this.now };
      const key = seriesKey(said.stream, said.series);
      if (serving.isBehind(frame, newest.get(key))) {
        throw new RollcastError('LATE', { time: said.time, watermark: 'of the newest frame of its series' });
      }
      newest.set(key, frame);
      return { record, serving, frame };
    } catch (error) {
      if (error instanceof RollcastError && error.fate === 'dead-letter') return { record, error };
      throw error;
    }
  }

  /** Results by the index of the slot. */
  private async serve(slots: readonly Slot[]): Promise<Readonly<Record<number, OriginResult>>> {
    const byServing = new Map<StreamServing, { frame: LoggedFrame; index: number }[]>();
    slots.forEach((slot, index) => {
      if (!('frame' in slot)) return;
      const list = byServing.get(slot.serving) ?? [];
      byServing.set(slot.serving, list);
      list.push({ frame: slot.frame, index });
    });
    const results: Record<number, OriginResult> = {};
    for (const [serving, list] of byServing) {
      const served = await serving.serve(
        list.map(({ frame }) => frame),
        this.forecastsNext,
      );
      served.forEach((result, place) => {
        results[(list[place] as { index: number }).index] = result;
      });
    }
    return results;
  }

  private async servingOf(definition: StreamDefinition): Promise<StreamServing> {
    const { stream } = definition;
    const serving = this.streams.get(stream);
    if (serving?.definition === definition) return serving;
    let inForce = AT_FIRST;
    let records: ReadonlyMap<string, SeriesRecord> = new Map();
    if (serving !== undefined) {
      // New policies for the same grid: the same states under them. Another grid: everything begins anew.
      if (serving.fingerprint === fingerprintOf(definition)) inForce = serving.inForce;
      records = serving.records();
      this.orphans.push(...serving.takeChanges());
      await serving.close();
    }
    const opened = await this.serving(definition, inForce, records);
    this.streams.set(stream, opened);
    await this.rebuild([opened]);
    return opened;
  }

  private serving(
    definition: StreamDefinition,
    inForce: InForce,
    records: ReadonlyMap<string, SeriesRecord>,
  ): Promise<StreamServing> {
    const { partition, spans } = this.restored;
    const framesOf = (
      { stream }: StreamDefinition,
      from: bigint,
      last: bigint,
      take: (frames: readonly LoggedFrame[]) => Promise<void>,
    ) =>
      spans.read({ topic: 'frames', from, last }, (found) =>
        take(framesIn(found, (name) => (name === stream ? definition : null))),
      );
    return StreamServing.open(
      { definition, partition, versions: this.parts.versions, framesOf },
      inForce,
      records,
      this.lastServed,
    );
  }

  /** States from the last frames, pending forecasts from the last forecasts; one reading of each for all streams. */
  private async rebuild(servings: readonly StreamServing[]): Promise<void> {
    const { spans } = this.restored;
    const byStream = new Map(servings.map((serving) => [serving.definition.stream, serving]));
    const frames = least(servings.map((serving) => serving.needsFrom('frames')));
    if (frames !== null && this.lastServed !== null) {
      await spans.read({ topic: 'frames', from: frames, last: this.lastServed }, async (found) => {
        const known = framesIn(found, (stream) => byStream.get(stream)?.definition ?? null);
        for (const [stream, serving] of byStream)
          await serving.replay(known.filter((frame) => frame.stream === stream));
      });
    }
    const wanted = least(servings.map((serving) => serving.needsFrom('forecasts')));
    if (wanted === null) return;
    // A forecast that retention has taken is not judged any more; nothing else depends on it.
    const { low, end } = await spans.bounds('forecasts');
    const from = wanted < low ? low : wanted;
    if (from >= end) return;
    await spans.read({ topic: 'forecasts', from }, (found) => {
      for (const { value } of found) {
        const forecast = JSON.parse(value?.toString() ?? 'null') as Forecast | null;
        if (forecast !== null) byStream.get(forecast.stream)?.recall(forecast);
      }
    });
  }

  private finished(
    batch: readonly InputRecord[],
    records: OutputRecord[],
    counts: Record<string, number>,
  ): TaskOutput {
    const changes = new Map<string, StateChange>();
    for (const change of this.orphans) changes.set(change.key, change);
    this.orphans = [];
    this.lastServed = batch.at(-1)?.offset ?? this.lastServed;
    for (const [stream, serving] of this.streams) {
      if (this.lastServed !== null) serving.servedUpTo(this.lastServed);
      for (const change of serving.takeChanges()) changes.set(change.key, change);
      for (const announced of serving.takeAnnouncements()) {
        records.push(announcement(announced));
        counts[announced.type] = (counts[announced.type] ?? 0) + 1;
        this.parts.onAnnounced?.(announced);
      }
      if (serving.version === COLD_START_VERSION) this.inForce.delete(stream);
      else this.inForce.set(stream, serving.inForce);
    }
    const partitionState: PartitionState = {
      now: Number.isFinite(this.now) ? this.now : null,
      inForce: Object.fromEntries(this.inForce),
    };
    return { records, changes: [...changes.values()], partitionState, counts };
  }
}

/** The frames among records of `frames` whose stream has a definition; records that are none were put aside before. */
function framesIn(
  records: readonly InputRecord[],
  definitionOf: (stream: string) => StreamDefinition | null,
): (LoggedFrame & { readonly stream: string })[] {
  const frames: (LoggedFrame & { readonly stream: string })[] = [];
  for (const { key, value, offset, timestamp } of records) {
    // By the key first: parsing is what a replay costs.
    const stream = parseSeriesKey(key?.toString() ?? '')?.stream;
    const definition = stream === undefined ? null : definitionOf(stream);
    if (stream === undefined || definition === null) continue;
    try {
      frames.push({ ...onGrid(parseFrame(value), definition), offset, now: timestamp, stream });
    } catch (error) {
      if (!(error instanceof RollcastError && error.fate === 'dead-letter')) throw error;
    }
  }
  return frames;
}

function announcement(record: ModelRecord): OutputRecord {
  return { topic: 'models', partition: 0, key: modelRecordKey(record), value: JSON.stringify(record) };
}

function deadFrame(record: InputRecord, error: RollcastError): OutputRecord {
  return {
    topic: 'frames.dead',
    key: record.key,
    value: record.value,
    headers: { ...record.headers, ...deadLetterHeaders(record, error) },
  };
}

function least(offsets: readonly (bigint | null)[]): bigint | null {
  return offsets.reduce(
    (low, offset) => (offset !== null && (low === null || offset < low) ? offset : low),
    null,
  );
}
