/** @file One stream in one partition: the loop that serves it, the version in force and its switches, beside the book of
 *  its series (`series-book.ts`).
 *
 *  Law: what `serve` gives depends on the frames and on the version in force, not on how frames are cut into calls; a
 *  serving that was opened from records and the log goes on as the one before would have. */
import {
  COLD_START_VERSION,
  describeError,
  type Forecast,
  type ModelRecord,
  RollcastError,
  type StreamDefinition,
} from '#contracts';
import {
  coldStart,
  isFiniteForecast,
  type ObservedFrame,
  type OriginResult,
  RollingOrigin,
  type ServingModel,
} from '#engine';
import type { StateChange } from '#kafka';
import type { LoggedFrame, Place } from './logged-frame.js';
import { SeriesBook } from './series-book.js';
import { fingerprintOf, type SeriesRecord } from './series-record.js';
import { AT_FIRST, type InForce, type VersionSource } from './version-source.js';
import { saysNothingOfTheVersion, VersionSwitch } from './version-switch.js';

/** What a serving begins with beside its series: from the position record, or from the serving that it replaces. */
export interface Standing {
  readonly inForce: InForce;
  /** The announcement that was refused last; it is not tried again. */
  readonly refused: string | null;
  /** The version in force is not the one that the log says: the next frame's transaction says so. */
  readonly unsaid: boolean;
}

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
  private readonly versionSwitch: VersionSwitch;
  private announcements: ModelRecord[] = [];
  /** As in `Standing`. */
  private unsaid: boolean;
  private unfit = false;

  private constructor(
    private readonly parts: ServingParts,
    private readonly loop: RollingOrigin,
    /** Of the series that the loop has, and no others. */
    private readonly book: SeriesBook,
    /** The last frame of the partition that was served, of whatever stream. */
    private served: Place | null,
    { inForce, refused, unsaid }: Standing,
  ) {
    const { definition, partition, versions } = parts;
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
    const loop = new RollingOrigin(definition, model, cold);
    const book = new SeriesBook(definition);
    for (const [series, memory] of book.restore(records)) loop.remember(series, memory);
    const serving = new StreamServing(parts, loop, book, served, stands);
    if (problem !== null) serving.refuseInForce(version, problem);
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

  /** Its version threw while states were rebuilt and was refused: it cannot serve, another is to be opened from it. */
  get isUnfit(): boolean {
    return this.unfit;
  }

  /** What another serving of the stream goes on from; to be asked when this one is closed. Another grid begins anew. */
  standingUnder(definition: StreamDefinition): Standing {
    const { inForce, unsaid } = this;
    if (this.unfit) {
      return { inForce: AT_FIRST, refused: this.versionSwitch.refusedAnnouncement, unsaid: true };
    }
    if (fingerprintOf(this.definition) === fingerprintOf(definition)) {
      return { inForce, refused: this.versionSwitch.refusedAnnouncement, unsaid };
    }
    return { inForce: AT_FIRST, refused: null, unsaid: unsaid || this.version !== COLD_START_VERSION };
  }

  /** First offset that a rebuild needs; null: no series. */
  needsFrom(topic: 'frames' | 'forecasts'): bigint | null {
    return this.book.needsFrom(topic);
  }

  /** Frames that were served before; those that no living series needs are passed over. Ask `isUnfit` afterwards. */
  async replay(frames: readonly LoggedFrame[]): Promise<void> {
    if (this.unfit) return;
    try {
      await this.loop.replay(frames.filter((frame) => this.book.isWanted(frame)));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.unfit = true;
      this.refuseInForce(this.version, describeError(error.cause));
    }
  }

  /** A forecast that was published before; passed over if it is of another life than its series lives now.
   *  @param frame the offset of its frame */
  recall(forecast: Forecast, frame: bigint): void {
    if (this.book.isWanted({ series: forecast.series, offset: frame })) this.loop.recall(forecast);
  }

  /** Whether a frame goes back in time, which no state can. A series that has ended begins anew, wherever.
   *  @param before the frame of its series before it in the same batch; none: what was served before the batch */
  isBehind(frame: LoggedFrame, before: LoggedFrame | undefined): boolean {
    const last = before?.gridIndex ?? this.loop.lastOf(frame.series);
    if (last === null || frame.gridIndex > last) return false;
    return !this.book.isOfAnotherLife(frame, before);
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
        this.book.enter(frame, (made[at] as OriginResult).forecast !== null, forecastsNext),
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
    return this.forgetStates(this.book.expire(now));
  }

  /** Forgets series whose states cannot be rebuilt any more; they begin anew.
   *  @param low first offset of `frames` that the log still holds
   *  @returns how many */
  forgetLost(low: bigint): number {
    return this.forgetStates(this.book.forgetLost(low));
  }

  /** Forgets every series: the stream is not defined any more. */
  forgetAll(): void {
    this.forgetStates(this.book.forgetAll());
  }

  /** Its series as records, to open another serving from (the definition's policies have changed). */
  records(): Map<string, SeriesRecord> {
    return this.book.records((series) => this.loop.memoryOf(series));
  }

  /** What the changelog must learn since the last call. */
  takeChanges(): StateChange[] {
    return this.book.takeChanges((series) => this.loop.memoryOf(series));
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
    const newest = new Map<string, LoggedFrame>();
    const end = frames.findIndex((frame, index) => {
      const before = newest.get(frame.series);
      newest.set(frame.series, frame);
      if (cut !== null && frame.offset >= cut) return true;
      if (!this.book.isOfAnotherLife(frame, before)) return false;
      if (index > 0) return true;
      this.book.forget(frame.series);
      this.forgetStates([frame.series]);
      return false;
    });
    return end < 0 ? frames : frames.slice(0, end);
  }

  /** @throws VERSION_WITHDRAWN: the version in force threw. Which frame it was, or whether it was their number, is not
   *  known where many went in at once: the first of the run is named, which the switch record then fixes */
  private async advance(run: readonly LoggedFrame[]): Promise<OriginResult[]> {
    try {
      return await this.loop.advance(run);
    } catch (error) {
      if (!isRefusal(error)) throw error;
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

  /** Together with the announcement that it followed. */
  private refuseInForce(version: string, problem: string): void {
    this.refuse(version, problem);
    this.versionSwitch.refuseAnnounced(version);
  }

  private refuse(version: string, problem: string): void {
    const { definition, partition } = this.parts;
    this.announcements.push({ type: 'refusal', stream: definition.stream, partition, version, problem });
  }

  /** What the book has forgotten, no state remembers. @returns how many series */
  private forgetStates(series: readonly string[]): number {
    for (const one of series) {
      this.loop.forget(one);
      this.versionSwitch.forgot(one);
    }
    return series.length;
  }

  private replayOfServed() {
    const from = this.book.needsFrom('frames');
    const last = this.served?.offset;
    const wanted = this.book.wanted();
    return async (take: (frames: readonly ObservedFrame[]) => Promise<void>) => {
      if (from === null || last === undefined || last < from) return;
      await this.parts.framesOf(this.definition, from, last, (frames) => take(frames.filter(wanted)));
    };
  }
}

/** The loop says that its version threw. */
function isRefusal(error: unknown): error is RollcastError {
  return error instanceof RollcastError && error.code === 'VERSION_REFUSED';
}
