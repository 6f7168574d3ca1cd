/** @file Frames to forecasts and evaluations: the function that the predictor runs in every partition of `frames`.
 *
 *  Law: the same frames, definitions, versions and switch records give the same bytes, however the frames are cut into
 *  batches and however often the partition was rebuilt. It knows no Kafka and no clock: time is what the records say.
 *  Definitions are not in the log: they are looked up when a batch begins, and hold to its end. There, and at no
 *  opening, a stream that is not defined any more is forgotten; so a restart forgets what a living process would.
 *  Beyond the log the law ends: a series whose frames retention has taken begins anew at a restart, and that is said. */
import {
  COLD_START_VERSION,
  describeError,
  type Frame,
  frameOffsetHeader,
  isDeadLetter,
  type ModelRecord,
  modelRecordKey,
  parseSeriesKey,
  readingTimeHeader,
  RollcastError,
  seriesKey,
  seriesLife,
  type StreamDefinition,
} from '#contracts';
import { onGrid, type OriginResult } from '#engine';
import {
  deadLetter,
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
import { pause } from '#platform';
import type { LoggedFrame, Place } from './logged-frame.js';
import { frameIn } from './parse-frame.js';
import { type PartitionState, partitionStateOf } from './partition-state.js';
import { decodeSeries, type SeriesRecord } from './series-record.js';
import { type Standing, StreamServing } from './stream-serving.js';
import { readsInTurn } from './reads-in-turn.js';
import { ServedLog } from './served-log.js';
import { AT_FIRST, type InForce, type VersionSource } from './version-source.js';

export interface FramesTaskParts {
  readonly definitions: DefinitionSource;
  readonly versions: VersionSource;
  /** Told of every switch and refusal as it is being written: for the log of the service. */
  readonly onRecord?: (record: ModelRecord) => void;
  /** Told how many series of a stream begin anew because the log no longer holds their frames: the same. */
  readonly onLost?: (stream: string, series: number) => void;
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

/** What the marker of a commit takes, about. */
const MARKER_MS = 10;
const DEAD = 'frames.dead';

type Said = { readonly record: InputRecord } & ({ readonly said: Frame } | { readonly error: RollcastError });

/** One record of a batch, sorted. */
type Slot = { readonly record: InputRecord } & (
  | { readonly serving: StreamServing; readonly frame: LoggedFrame }
  | { readonly error: RollcastError }
  | { readonly skipped: true }
);

class FramesPartition implements OpenPartition {
  private readonly definitions: DefinitionReader;
  private readonly log: ServedLog;
  private readonly streams = new Map<string, StreamServing>();
  /** What the changelog had of streams that were not defined at the opening, until the first batch. */
  private readonly dormant = new Map<string, ReadonlyMap<string, SeriesRecord>>();
  private readonly inForce: Map<string, InForce>;
  private now: number;
  private lastServed: bigint | null;
  /** Lower bound of the offsets that forecasts written from now on will get. */
  private forecastsNext = 0n;
  private readonly stopListening: () => void;
  /** What servings that were closed since the last batch had to say. */
  private leftChanges: StateChange[] = [];
  private leftAnnouncements: ModelRecord[] = [];
  /** Series that rebuilds found lost since the last batch. */
  private lost = 0;

  private constructor(
    private readonly parts: FramesTaskParts,
    private readonly restored: RestoredPartition,
  ) {
    this.definitions = new DefinitionReader(parts.definitions, restored.signal);
    this.stopListening = parts.versions.onAnnounced((stream) => this.streams.get(stream)?.prepare());
    const state = partitionStateOf(restored.position?.partitionState);
    this.now = state.now ?? -Infinity;
    this.inForce = new Map(Object.entries(state.inForce));
    this.log = new ServedLog(readsInTurn(restored.spans), state.rejected);
    this.lastServed = restored.position?.last ?? null;
  }

  static async open(parts: FramesTaskParts, restored: RestoredPartition): Promise<FramesPartition> {
    // What the owner before was told of versions, and wrote of switches, must be known here too: a table that lags would
    // take its version for unknown, or go back to the champion before; and of definitions, or the first batch would take
    // the streams that it does not name for deleted.
    await parts.versions.catchUp(restored.signal);
    await parts.definitions.catchUp(restored.signal);
    const partition = new FramesPartition(parts, restored);
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
      if (definition === null) this.dormant.set(stream, records);
      else this.streams.set(stream, await this.serving(definition, this.standingOf(stream), records));
    }
    await this.rebuild([...this.streams.values()]);
  }

  private async rebuild(servings: readonly StreamServing[]): Promise<void> {
    const { spans, signal } = this.restored;
    const { low } = await spans.bounds('frames');
    for (const serving of servings) {
      const lost = serving.forgetLost(low);
      this.lost += lost;
      if (lost > 0) this.parts.onLost?.(serving.definition.stream, lost);
    }
    // Right behind our own commit its marker may still be on its way: till then its forecasts cannot be read.
    while ((await spans.bounds('forecasts')).end < this.forecastsNext) await pause(MARKER_MS, signal);
    await this.log.rebuild(servings, this.lastServed);
    // A version that throws over its own past must not keep the partition, and every other stream, from opening.
    const reopened: StreamServing[] = [];
    for (const serving of servings) {
      if (serving.isUnfit) reopened.push(await this.reopen(serving, serving.definition));
    }
    if (reopened.length > 0) await this.log.rebuild(reopened, this.lastServed);
  }

  async process(batch: readonly InputRecord[]): Promise<TaskOutput> {
    const said = batch.map(sayingOf);
    await this.settle(said);
    const newest = new Map<string, LoggedFrame>();
    const slots = said.map((one) => this.sort(one, newest));
    const results = await this.serve(slots);
    const counts: Record<string, number> = { read: batch.length };
    const count = (name: string) => (counts[name] = (counts[name] ?? 0) + 1);
    const records: OutputRecord[] = [];
    slots.forEach((slot, index) => {
      if ('error' in slot) {
        records.push(deadLetter(DEAD, slot.record, slot.error));
        count(`dead:${slot.error.code}`);
      }
      if ('skipped' in slot) count('unknownStream');
      if (!('frame' in slot)) return;
      const { forecast, evaluation } = results[index] as OriginResult;
      const key = seriesKey(slot.serving.definition.stream, slot.frame.series);
      if (forecast !== null) {
        const headers = { ...readingTimeHeader(slot.record), ...frameOffsetHeader(slot.frame.offset) };
        records.push({ topic: 'forecasts', key, value: JSON.stringify(forecast), headers });
        count('forecasts');
      }
      records.push({ topic: 'evaluations', key, value: JSON.stringify(evaluation) });
      count('evaluations');
    });
    let expired = 0;
    for (const serving of this.streams.values()) expired += serving.expire(this.now);
    if (expired > 0) counts['expired'] = expired;
    if (this.lost > 0) counts['lost'] = this.lost;
    this.lost = 0;
    return this.finished(batch, records, counts);
  }

  reject(record: InputRecord, error: unknown): TaskOutput {
    this.now = Math.max(this.now, record.timestamp);
    // What a sleeping stream will need is not known.
    if (this.dormant.size === 0) this.log.forgetRejected([...this.streams.values()]);
    this.log.reject(record.offset);
    const poison = new RollcastError('POISON', { problem: describeError(error) }, error);
    return this.finished([record], [deadLetter(DEAD, record, poison)], { read: 1, 'dead:POISON': 1 });
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

  /** Looks up, once for the whole batch, the definition of every stream that it names or that is held here: opens the new
   *  ones, opens those that have changed under their new policies, forgets those that are not defined any more. */
  private async settle(batch: readonly Said[]): Promise<void> {
    const named = new Set(batch.flatMap((one) => ('said' in one ? [one.said.stream] : [])));
    this.definitions.beginBatch(batch.at(-1)?.record.offset ?? -1n);
    const held = [this.streams, this.dormant, this.inForce].flatMap((map) => [...map.keys()]);
    for (const stream of new Set([...held, ...named])) {
      const definition = named.has(stream)
        ? await this.definitions.find(stream)
        : this.definitions.peek(stream);
      await (definition === null ? this.forget(stream) : this.hold(definition));
    }
  }

  /** Whose frame a record is. */
  private sort(one: Said, newest: Map<string, LoggedFrame>): Slot {
    const { record } = one;
    this.now = Math.max(this.now, record.timestamp);
    if ('error' in one) return one;
    const { said } = one;
    const serving = this.streams.get(said.stream);
    if (serving === undefined) return { record, skipped: true };
    const frame = {
      ...onGrid(said, serving.definition),
      offset: record.offset,
      now: this.now,
      life: seriesLife(record.headers),
    };
    const key = seriesKey(said.stream, said.series);
    if (serving.isBehind(frame, newest.get(key))) {
      const late = { time: said.time, watermark: 'of the newest frame of its series' };
      return { record, error: new RollcastError('LATE', late) };
    }
    newest.set(key, frame);
    return { record, serving, frame };
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

  private async hold(definition: StreamDefinition): Promise<void> {
    const { stream } = definition;
    const held = this.streams.get(stream);
    if (held?.definition === definition) return;
    if (held !== undefined) return this.rebuild([await this.reopen(held, definition)]);
    const records = this.dormant.get(stream) ?? new Map<string, SeriesRecord>();
    const opened = await this.serving(definition, this.standingOf(stream), records);
    this.streams.set(stream, opened);
    this.dormant.delete(stream);
    await this.rebuild([opened]);
  }

  /** Opens a serving in the place of another, to be rebuilt. New policies for the same grid: the same series under them.
   *  Another grid: everything begins anew. */
  private async reopen(held: StreamServing, definition: StreamDefinition): Promise<StreamServing> {
    await this.leave(held);
    const opened = await this.serving(definition, held.standingUnder(definition), held.records());
    this.streams.set(definition.stream, opened);
    return opened;
  }

  private async forget(stream: string): Promise<void> {
    const serving = this.streams.get(stream);
    serving?.forgetAll();
    if (serving !== undefined) await this.leave(serving);
    for (const series of this.dormant.get(stream)?.keys() ?? [])
      this.leftChanges.push({ key: seriesKey(stream, series), value: null });
    for (const held of [this.streams, this.dormant, this.inForce]) held.delete(stream);
  }

  /** Closes a serving, which may find something to say until it is closed, and takes what it has to say. */
  private async leave(serving: StreamServing): Promise<void> {
    await serving.close();
    this.leftChanges.push(...serving.takeChanges());
    this.leftAnnouncements.push(...serving.takeAnnouncements());
  }

  private standingOf(stream: string): Standing {
    return { inForce: this.inForce.get(stream) ?? AT_FIRST, refused: null, unsaid: false };
  }

  private get place(): Place | null {
    return this.lastServed === null ? null : { offset: this.lastServed, now: this.now };
  }

  private serving(
    definition: StreamDefinition,
    standing: Standing,
    records: ReadonlyMap<string, SeriesRecord>,
  ): Promise<StreamServing> {
    const { partition } = this.restored;
    const { versions } = this.parts;
    const framesOf = this.log.framesOf;
    return StreamServing.open({ definition, partition, versions, framesOf }, standing, records, this.place);
  }

  private finished(
    batch: readonly InputRecord[],
    records: OutputRecord[],
    counts: Record<string, number>,
  ): TaskOutput {
    const changes = new Map<string, StateChange>();
    for (const change of this.leftChanges) changes.set(change.key, change);
    this.leftChanges = [];
    const announced = this.leftAnnouncements;
    this.leftAnnouncements = [];
    this.lastServed = batch.at(-1)?.offset ?? this.lastServed;
    for (const [stream, serving] of this.streams) {
      if (this.place !== null) serving.servedUpTo(this.place);
      for (const change of serving.takeChanges()) changes.set(change.key, change);
      announced.push(...serving.takeAnnouncements());
      if (serving.version === COLD_START_VERSION) this.inForce.delete(stream);
      else this.inForce.set(stream, serving.inForce);
    }
    for (const record of announced) {
      records.push(announcement(record));
      counts[record.type] = (counts[record.type] ?? 0) + 1;
      this.parts.onRecord?.(record);
    }
    const partitionState: PartitionState = {
      now: Number.isFinite(this.now) ? this.now : null,
      inForce: Object.fromEntries(this.inForce),
      rejected: this.log.rejected,
    };
    return { records, changes: [...changes.values()], partitionState, counts };
  }
}

/** What a record says, or why it cannot be read. */
function sayingOf(record: InputRecord): Said {
  try {
    return { record, said: frameIn(record) };
  } catch (error) {
    if (isDeadLetter(error)) return { record, error };
    throw error;
  }
}

function announcement(record: ModelRecord): OutputRecord {
  return { topic: 'models', partition: 0, key: modelRecordKey(record), value: JSON.stringify(record) };
}
