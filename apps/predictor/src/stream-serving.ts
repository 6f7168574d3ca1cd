/** @file One stream in one partition: its loop, its marks, its version, and what the changelog must learn of it.
 *
 *  Law: what `serve` gives depends on the frames and on the version in force, not on how frames are cut into calls; a
 *  serving that was opened from records and the log goes on as the one before would have. */
import {
  COLD_START_VERSION,
  describeError,
  durationMs,
  type Forecast,
  type ModelRecord,
  RollcastError,
  seriesKey,
  type StreamDefinition,
} from '#contracts';
import {
  coldStart,
  isFiniteForecast,
  longestContext,
  type ObservedFrame,
  type OriginResult,
  RollingOrigin,
  type ServingModel,
} from '#engine';
import type { StateChange } from '#kafka';
import { markFrame, rebuildFrom } from './rebuild-marks.js';
import { encodeSeries, fingerprintOf, type SeriesRecord } from './series-record.js';
import { AT_FIRST, type InForce, type Place, type VersionSource } from './version-source.js';
import { saysNothingOfTheVersion, VersionSwitch } from './version-switch.js';

/** A frame and where it lies in the log. */
export interface LoggedFrame extends ObservedFrame, Place {
  /** Of its series, as the one who wrote the frame counts them; null: it does not say. */
  readonly life: number | null;
}

/** What a serving begins with beside its series: from the position record, or from the serving that it replaces. */
export interface Standing {
  readonly inForce: InForce;
  /** The announcement that was refused last; it is not tried again. */
  readonly refused: string | null;
  /** The version in force is not the one that the log says: the next frame's transaction says so. */
  readonly unsaid: boolean;
}

type KeptSeries = Omit<SeriesRecord, 'fingerprint' | 'memory'>;
type Heard = Pick<KeptSeries, 'seen' | 'life'>;

export interface ServingParts {
  readonly definition: StreamDefinition;
  readonly partition: number;
  readonly versions: VersionSource;
  /** Reads this stream's frames of the partition back, those in `[from, last]`. */
  readonly framesOf: (
    definition: StreamDefinition,
    from: bigint,
    last: bigint,
    take: (frames: readonly LoggedFrame[]) => Promise<void>,
  ) => Promise<void>;
}

const BEFORE_ALL: Place = { offset: -1n, now: -Infinity };

export class StreamServing {
  readonly fingerprint: string;
  private readonly expireAfter: number;
  private readonly context: number;
  /** In the order of `seen`. */
  private readonly series = new Map<string, KeptSeries>();
  private readonly touched = new Set<string>();
  private readonly versionSwitch: VersionSwitch;
  private announcements: ModelRecord[] = [];
  /** As in `Standing`. */
  private unsaid: boolean;

  private constructor(
    private readonly parts: ServingParts,
    private readonly loop: RollingOrigin,
    /** The last frame of the partition that was served, of whatever stream. */
    private served: Place | null,
    { inForce, refused, unsaid }: Standing,
  ) {
    const { definition, partition, versions } = parts;
    this.fingerprint = fingerprintOf(definition);
    this.expireAfter = durationMs(definition.expireAfter);
    this.context = longestContext(definition);
    const onRefused = (version: string, problem: string) => this.refuse(version, problem);
    const replayOfServed = () => this.replayOfServed();
    this.versionSwitch = new VersionSwitch(
      { definition, partition, versions, onRefused, replayOfServed },
      inForce,
      refused,
    );
    this.unsaid = unsaid;
  }

  /** @param standing its version; one that no longer loads is refused, and the cold start stands in
   *  @param records of its series, as the changelog has them; those of another grid are left out
   *  @throws what says nothing of the version: it is neither refused nor replaced */
  static async open(
    parts: ServingParts,
    standing: Standing,
    records: ReadonlyMap<string, SeriesRecord>,
    served: Place | null,
  ): Promise<StreamServing> {
    const { definition, versions } = parts;
    const { version } = standing.inForce;
    const cold = coldStart(definition);
    let model: ServingModel = cold;
    let problem: string | null = null;
    if (version !== COLD_START_VERSION) {
      try {
        model = await versions.load(definition, version);
      } catch (error) {
        if (saysNothingOfTheVersion(error)) throw error;
        problem = describeError(error);
      }
    }
    const stands = problem === null ? standing : { ...standing, inForce: AT_FIRST, unsaid: true };
    const serving = new StreamServing(parts, new RollingOrigin(definition, model, cold), served, stands);
    if (problem !== null) {
      serving.refuse(version, problem);
      serving.versionSwitch.refuseAnnounced(version);
    }
    const bySeen = [...records].sort(([a, left], [b, right]) => left.seen - right.seen || (a < b ? -1 : 1));
    for (const [series, { fingerprint, memory, ...kept }] of bySeen) {
      if (fingerprint !== serving.fingerprint) {
        serving.touched.add(series);
        continue;
      }
      serving.series.set(series, kept);
      serving.loop.remember(series, memory);
    }
    return serving;
  }

  get definition(): StreamDefinition {
    return this.parts.definition;
  }

  get version(): string {
    return this.loop.model.version;
  }

  get inForce(): InForce {
    return this.versionSwitch.inForce;
  }

  /** What a serving of another definition of the stream goes on from; to be asked when this one is closed. Another grid
   *  begins anew. */
  standingUnder(definition: StreamDefinition): Standing {
    const { inForce, unsaid } = this;
    if (this.fingerprint === fingerprintOf(definition)) {
      return { inForce, refused: this.versionSwitch.refusedAnnouncement, unsaid };
    }
    return { inForce: AT_FIRST, refused: null, unsaid: unsaid || this.version !== COLD_START_VERSION };
  }

  /** First offset that a rebuild needs; null: no series. */
  needsFrom(topic: 'frames' | 'forecasts'): bigint | null {
    let low: bigint | null = null;
    for (const kept of this.series.values()) {
      const from = rebuildFrom(kept[topic]);
      if (from !== null && (low === null || from < low)) low = from;
    }
    return low;
  }

  /** Frames that were served before; those that no living series needs are passed over. */
  async replay(frames: readonly LoggedFrame[]): Promise<void> {
    await this.loop.replay(frames.filter(this.wanted()));
  }

  /** A forecast that was published before.
   *  @param frame the offset of its frame. The marks reach further back than any forecast waits (`longestContext` is
   *  more than the horizon), and never beyond the series' beginning: so what lies before them is of another life. */
  recall(forecast: Forecast, frame: bigint): void {
    const from = rebuildFrom(this.series.get(forecast.series)?.frames ?? []);
    if (from !== null && frame >= from) this.loop.recall(forecast);
  }

  /** Whether a frame goes back in time, which no state can. A series that has ended begins anew, wherever.
   *  @param before the frame of its series before it in the same batch; none: what was served before the batch */
  isBehind(frame: LoggedFrame, before: LoggedFrame | undefined): boolean {
    const heard = before === undefined ? this.series.get(frame.series) : heardBy(before);
    const last = before?.gridIndex ?? this.loop.memoryOf(frame.series)?.last;
    if (heard === undefined || last === undefined) return false;
    return !this.isOfAnotherLife(heard, frame) && frame.gridIndex <= last;
  }

  /** Serves frames of this stream, in log order.
   *  @param forecastsNext lower bound of the offsets that forecasts written now will get
   *  @returns in the order of the frames
   *  @throws VERSION_WITHDRAWN: the version in force throws, or does not answer in numbers; open the partition again */
  async serve(frames: readonly LoggedFrame[], forecastsNext: bigint): Promise<OriginResult[]> {
    const results: OriginResult[] = [];
    for (let rest = frames; rest.length > 0;) {
      const run = this.runAt(rest);
      await this.switchAt(run[0] as LoggedFrame);
      const made = await this.advance(run);
      this.refuseWhatIsNoNumber(run, made);
      results.push(...made);
      this.versionSwitch.served(run);
      // A newcomer that begins between two runs of a batch is replayed these too.
      this.servedUpTo(run.at(-1) as LoggedFrame);
      run.forEach((frame, at) =>
        this.keep(frame, (made[at] as OriginResult).forecast !== null, forecastsNext),
      );
      rest = rest.slice(run.length);
    }
    return results;
  }

  /** A champion was announced: it is built in the background, so that the next frame may be its first. */
  prepare(): void {
    const isFixedAhead = this.versionSwitch.cutBehind(this.served ?? BEFORE_ALL) !== null;
    if (!isFixedAhead) this.versionSwitch.prepare();
  }

  /** Every frame of the partition up to here was served, of whatever stream. */
  servedUpTo({ offset, now }: Place): void {
    this.served = { offset, now };
  }

  /** Forgets series that were silent for too long; @returns how many. */
  expire(now: number): number {
    let expired = 0;
    for (const [series, kept] of this.series) {
      if (!this.isExpired(kept, now)) break;
      this.forget(series);
      expired += 1;
    }
    return expired;
  }

  /** Forgets series whose states cannot be rebuilt any more; they begin anew.
   *  @param low first offset of `frames` that the log still holds
   *  @returns how many */
  forgetLost(low: bigint): number {
    const lost = [...this.series].filter(([, { frames }]) => (rebuildFrom(frames) ?? low) < low);
    for (const [series] of lost) this.forget(series);
    return lost.length;
  }

  /** Forgets every series: the stream is not defined any more. */
  forgetAll(): void {
    for (const series of [...this.series.keys()]) this.forget(series);
  }

  /** Its series as records, to open another serving from (the definition's policies have changed). */
  records(): Map<string, SeriesRecord> {
    const records = new Map<string, SeriesRecord>();
    for (const [series, kept] of this.series) {
      const memory = this.loop.memoryOf(series);
      if (memory !== null) records.set(series, { fingerprint: this.fingerprint, memory, ...kept });
    }
    return records;
  }

  /** What the changelog must learn since the last call. */
  takeChanges(): StateChange[] {
    const { stream } = this.definition;
    const changes = [...this.touched].map((series) => {
      const kept = this.series.get(series);
      const memory = this.loop.memoryOf(series);
      const known = kept !== undefined && memory !== null;
      const value = known ? encodeSeries({ fingerprint: this.fingerprint, memory, ...kept }) : null;
      return { key: seriesKey(stream, series), value };
    });
    this.touched.clear();
    return changes;
  }

  /** For the topic `models`: switches and refusals since the last call. */
  takeAnnouncements(): readonly ModelRecord[] {
    const records = this.announcements;
    this.announcements = [];
    return records;
  }

  async close(): Promise<void> {
    await this.versionSwitch.close();
    await this.loop.model.release?.();
  }

  /** The first frames that can go through the loop at once: up to where the log fixes a switch, or where a series has
   *  ended between two of its frames. */
  private runAt(frames: readonly LoggedFrame[]): readonly LoggedFrame[] {
    const first = frames[0] as LoggedFrame;
    const cut = this.versionSwitch.cutBehind(first);
    const heard = new Map<string, Heard>();
    const end = frames.findIndex((frame, index) => {
      const before = heard.get(frame.series) ?? this.series.get(frame.series);
      heard.set(frame.series, heardBy(frame));
      if (cut !== null && frame.offset >= cut) return true;
      if (before === undefined || !this.isOfAnotherLife(before, frame)) return false;
      if (index > 0) return true;
      this.forget(frame.series);
      return false;
    });
    return end < 0 ? frames : frames.slice(0, end);
  }

  private keep(
    { series, gridIndex, offset, now, life }: LoggedFrame,
    hasForecast: boolean,
    forecastsNext: bigint,
  ): void {
    const kept = this.series.get(series);
    this.series.delete(series);
    this.series.set(series, {
      seen: now,
      life,
      frames: markFrame(kept?.frames ?? [], gridIndex, offset, this.context),
      forecasts: markFrame(kept?.forecasts ?? [], gridIndex, forecastsNext, this.definition.horizon + 1),
      latest: hasForecast ? String(forecastsNext) : (kept?.latest ?? null),
    });
    this.touched.add(series);
  }

  /** @throws VERSION_WITHDRAWN: the version in force threw. Which frame it was, or whether it was their number, is not
   *  known where many went in at once: the first of the run is named, which the switch record then fixes */
  private async advance(run: readonly LoggedFrame[]): Promise<OriginResult[]> {
    try {
      return await this.loop.advance(run);
    } catch (error) {
      if (!(error instanceof RollcastError && error.code === 'VERSION_REFUSED')) throw error;
      throw this.versionSwitch.withdraw(run[0] as LoggedFrame, describeError(error.cause));
    }
  }

  /** Looks at the whole run: the frame that is named is the first in the log, however the frames were cut.
   *  @throws VERSION_WITHDRAWN; INTERNAL where the cold start is to blame, which has nobody behind it */
  private refuseWhatIsNoNumber(run: readonly LoggedFrame[], made: readonly OriginResult[]): void {
    const at = made.findIndex(({ forecast }) => forecast !== null && !isFiniteForecast(forecast));
    if (at < 0) return;
    const { model, series, origin } = made[at]?.forecast as Forecast;
    const problem = `its forecast of ${series} at ${origin} is not of finite numbers`;
    if (model.version === this.version && this.version !== COLD_START_VERSION)
      throw this.versionSwitch.withdraw(run[at] as LoggedFrame, problem);
    throw new RollcastError('INTERNAL', { problem: `${model.version}: ${problem}` });
  }

  private async switchAt(frame: LoggedFrame): Promise<void> {
    const { offset, now } = frame;
    this.announcements.push(...this.versionSwitch.withdrawnAt(offset));
    const states = await this.versionSwitch.at(frame);
    if (states !== null) {
      const before = this.loop.model;
      this.loop.adopt(states);
      await before.release?.();
    }
    if (states === null && !this.unsaid) return;
    this.unsaid = false;
    const { stream } = this.definition;
    const { partition } = this.parts;
    this.announcements.push({
      type: 'switch',
      stream,
      partition,
      version: this.version,
      frameOffset: String(offset),
      partitionTimeMs: now,
    });
  }

  private refuse(version: string, problem: string): void {
    const { definition, partition } = this.parts;
    this.announcements.push({ type: 'refusal', stream: definition.stream, partition, version, problem });
  }

  private isExpired({ seen }: Heard, now: number): boolean {
    return now - seen >= this.expireAfter;
  }

  private isOfAnotherLife(before: Heard, { now, life }: LoggedFrame): boolean {
    const isAnother = life !== null && before.life !== null && life !== before.life;
    return isAnother || this.isExpired(before, now);
  }

  private forget(series: string): void {
    this.series.delete(series);
    this.loop.forget(series);
    this.versionSwitch.forgot(series);
    this.touched.add(series);
  }

  private replayOfServed() {
    const from = this.needsFrom('frames');
    const last = this.served?.offset;
    const wanted = this.wanted();
    return async (take: (frames: readonly ObservedFrame[]) => Promise<void>) => {
      if (from === null || last === undefined || last < from) return;
      await this.parts.framesOf(this.definition, from, last, (frames) => take(frames.filter(wanted)));
    };
  }

  /** Tells, from the marks as they are now, which frames belong to the states of living series. */
  private wanted(): (frame: LoggedFrame) => boolean {
    const from = new Map([...this.series].map(([series, { frames }]) => [series, rebuildFrom(frames)]));
    return ({ series, offset }) => {
      const first = from.get(series) ?? null;
      return first !== null && offset >= first;
    };
  }
}

function heardBy({ now, life }: LoggedFrame): Heard {
  return { seen: now, life };
}
