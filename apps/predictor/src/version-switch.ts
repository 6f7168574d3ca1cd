/** @file The move of one stream in one partition from one version to the next, without a gap.
 *
 *  The newcomer's states are built beside the serving ones from its announcement on: first from replayed frames, in the
 *  background, then from the frames that were served meanwhile. When they have caught up, the next frame is the
 *  newcomer's, and the transaction of that frame writes the switch record.
 *
 *  Law: a switch that stands in the log ahead of our position is obeyed to the frame, whatever was announced since; so
 *  a run that is given another run's switch records makes the same forecasts. Without one, the announced champion is
 *  taken as soon as it is ready. A version that does not load is refused once for each announcement. What says nothing
 *  about the version (a store or Kafka that is away) refuses nothing: where the log fixes the switch it is thrown,
 *  elsewhere the version in force serves on and the newcomer is tried again at the next frame. A switch record that is
 *  older than the frames before its own is of another log: the topic was begun anew, and it fixes nothing.
 *
 *  A version that fails while it serves is withdrawn: the partition, whose states are of no use any more, is opened
 *  again and goes over to the version before at the very frame, as if the log had said so. Nothing of the failed
 *  attempt was written, so a process that dies in between finds the same; afterwards the refusal in the log names the
 *  announcement, and no later process follows it. */
import {
  COLD_START_VERSION,
  describeError,
  type RefusalRecord,
  RollcastError,
  type StreamDefinition,
  type SwitchRecord,
} from '#contracts';
import { coldStart, ModelStates, type ObservedFrame, type ServingModel } from '#engine';
import type { Place } from './logged-frame.js';
import type { Announced, InForce, VersionSource, Withdrawal } from './version-source.js';

export interface SwitchParts {
  readonly definition: StreamDefinition;
  readonly partition: number;
  readonly versions: VersionSource;
  /** Fixes, at once, which frames were served so far; what it gives hands them over later, those that matter. */
  readonly replayOfServed: () => (take: (frames: readonly ObservedFrame[]) => Promise<void>) => Promise<void>;
  readonly onRefused: (version: string, problem: string) => void;
}

interface Newcomer {
  readonly version: string;
  /** Frames that were served since its replay was fixed. */
  readonly missed: ObservedFrame[];
  /** Settles when the replay is through. Never rejects. */
  readonly built: Promise<Built>;
  /** Which announcement, or which switch of the log, it follows. */
  readonly announcement: string;
  /** Known without waiting, once settled. */
  settled: Built | null;
}

/** What became of a newcomer. */
interface Built {
  /** null: the version was refused, or the world failed it. */
  readonly states: ModelStates | null;
  /** Why it could not even be tried. */
  readonly failure: RollcastError | null;
}

export class VersionSwitch {
  private newcomer: Newcomer | null = null;
  private readonly dropped = new Set<Promise<void>>();

  /** @param refused announcement that was refused; it is not tried again */
  constructor(
    private readonly parts: SwitchParts,
    private held: InForce,
    private refused: string | null,
  ) {}

  get inForce(): InForce {
    return this.held;
  }

  /** The announcement that was refused last; null: none. */
  get refusedAnnouncement(): string | null {
    return this.refused;
  }

  /** Offset at which the log fixes the next switch behind a frame; null: none. A batch is cut there. */
  cutBehind({ offset, now }: Place): bigint | null {
    const next = this.fixed(offset + 1n, now);
    return next === null ? null : BigInt(next.frameOffset);
  }

  /** The states that take over at this frame; null: nothing changes there.
   *  Waits for a newcomer only where the log fixes the switch.
   *  @throws what kept the version that the log fixes from being tried: the partition must be opened again */
  async at({ offset, now }: Place): Promise<ModelStates | null> {
    const fixed = this.fixed(offset, now);
    if (fixed !== null) {
      if (fixed.version === this.inForce.version) this.drop();
      else this.begin(fixed.version, fixed.frameOffset);
      if (BigInt(fixed.frameOffset) > offset) return null;
      const states = await this.take(await this.newcomer?.built);
      const failing = this.withdrawnAt(offset).some(({ version }) => version === this.inForce.version);
      if (states !== null || !failing) return states;
      // The version before does not load any more.
      this.begin(COLD_START_VERSION, fixed.frameOffset);
      return this.take(await this.newcomer?.built);
    }
    this.prepare();
    const settled = this.newcomer?.settled;
    if (!settled) return null;
    if (settled.failure === null) return this.take(settled);
    this.newcomer = null;
    return null;
  }

  /** Begins to build the announced champion, so that it is ready at the next frame. Not to be called while the log fixes
   *  a switch ahead. */
  prepare(): void {
    const announced = this.parts.versions.champion(this.parts.definition.stream);
    if (announced === null || announced.version === this.inForce.version || this.isRefused(announced)) {
      // Whatever was being built is not wanted any more.
      this.drop();
    } else {
      this.begin(announced.version, announcementOf(announced));
    }
  }

  /** The announced champion was tried and does not load: it is not tried again for this announcement. */
  refuseAnnounced(version: string): void {
    const announced = this.parts.versions.champion(this.parts.definition.stream);
    if (announced?.version === version) this.refused = announcementOf(announced);
  }

  /** The version in force has failed at a frame.
   *  @returns what to throw: the partition must be opened again */
  withdraw({ offset, now }: Place, problem: string): RollcastError {
    const { versions, definition, partition } = this.parts;
    const { stream } = definition;
    const { version, before } = this.inForce;
    const announced = versions.champion(stream);
    versions.withdraw({
      refusal: {
        type: 'refusal',
        stream,
        partition,
        version,
        problem,
        ...(announced?.version === version ? { announcedAt: announced.at } : {}),
      },
      instead: {
        type: 'switch',
        stream,
        partition,
        version: before,
        frameOffset: String(offset),
        partitionTimeMs: now,
      },
    });
    return new RollcastError('VERSION_WITHDRAWN', { version, stream, problem });
  }

  /** What the topic `models` must be told of the versions that failed at a frame, by its transaction. */
  withdrawnAt(offset: bigint): readonly RefusalRecord[] {
    return this.withdrawals
      .filter(({ instead }) => BigInt(instead.frameOffset) === offset)
      .map(({ refusal }) => refusal);
  }

  /** Frames that were just served by the version in force. */
  served(frames: readonly ObservedFrame[]): void {
    this.newcomer?.missed.push(...frames);
  }

  /** A series begins anew: what a newcomer was given of it does not count any more. */
  forgot(series: string): void {
    const newcomer = this.newcomer;
    if (newcomer === null) return;
    const kept = newcomer.missed.filter((frame) => frame.series !== series);
    newcomer.missed.splice(0, newcomer.missed.length, ...kept);
    void newcomer.built.then(({ states }) => states?.forget(series));
  }

  /** Waits for what is built to be freed, and for nothing that is being built: that may hang, and frees itself. */
  async close(): Promise<void> {
    this.drop();
    await Promise.all(this.dropped);
  }

  private get withdrawals(): readonly Withdrawal[] {
    const { versions, definition, partition } = this.parts;
    return versions.withdrawals(definition.stream, partition);
  }

  private isRefused(announced: Announced): boolean {
    const { versions, definition, partition } = this.parts;
    const { version, at } = announced;
    return (
      this.refused === announcementOf(announced) ||
      versions
        .refusals(definition.stream, partition)
        .some((refusal) => refusal.version === version && refusal.announcedAt === at)
    );
  }

  /** The first switch of this log from an offset on.
   *  @param now of a frame before it: no switch of this log is older */
  private fixed(from: bigint, now: number): SwitchRecord | null {
    const { versions, definition, partition } = this.parts;
    const switches = versions.switches(definition.stream, partition);
    return (
      switches.find(
        ({ frameOffset, partitionTimeMs }) => BigInt(frameOffset) >= from && partitionTimeMs >= now,
      ) ?? null
    );
  }

  private begin(version: string, announcement: string): void {
    if (this.newcomer?.version === version) return;
    this.drop();
    const replay = this.parts.replayOfServed();
    const newcomer: Newcomer = {
      version,
      announcement,
      missed: [],
      built: this.build(version, announcement, replay),
      settled: null,
    };
    this.newcomer = newcomer;
    void newcomer.built.then((built) => {
      newcomer.settled = built;
    });
  }

  private async build(
    version: string,
    announcement: string,
    replay: ReturnType<SwitchParts['replayOfServed']>,
  ): Promise<Built> {
    const { versions, definition } = this.parts;
    let model: ServingModel | null = null;
    try {
      // Back to the beginning is a switch like any other.
      model =
        version === COLD_START_VERSION ? coldStart(definition) : await versions.load(definition, version);
      const states = new ModelStates(model, definition.maxGap);
      await replay((frames) => states.replay(frames));
      return { states, failure: null };
    } catch (error) {
      await model?.release?.();
      if (saysNothingOfTheVersion(error)) return { states: null, failure: error };
      this.refuse(version, announcement, error);
      return { states: null, failure: null };
    }
  }

  private async take(built: Built | undefined): Promise<ModelStates | null> {
    const newcomer = this.newcomer;
    this.newcomer = null;
    if (built?.failure) throw built.failure;
    const states = built?.states ?? null;
    if (newcomer === null || states === null) return null;
    try {
      await states.replay(newcomer.missed);
    } catch (error) {
      await states.model.release?.();
      if (saysNothingOfTheVersion(error)) throw error;
      this.refuse(newcomer.version, newcomer.announcement, error);
      return null;
    }
    const { version } = this.held;
    // What has failed does not come back by itself.
    const failed = this.withdrawals.some(({ refusal }) => refusal.version === version);
    this.held = { version: newcomer.version, before: failed ? COLD_START_VERSION : version };
    return states;
  }

  private refuse(version: string, announcement: string, error: unknown): void {
    this.refused = announcement;
    this.parts.onRefused(version, describeError(error));
  }

  private drop(): void {
    const { newcomer } = this;
    this.newcomer = null;
    if (newcomer === null) return;
    const isBuilt = newcomer.settled !== null;
    const released = newcomer.built.then(({ states }) => states?.model.release?.());
    if (!isBuilt) return void released;
    this.dropped.add(released);
    void released.then(() => this.dropped.delete(released));
  }
}

function announcementOf({ version, at }: Announced): string {
  return `${version} ${at}`;
}

/** Something does not answer, or the partition moves: the version is as good as before. */
export function saysNothingOfTheVersion(error: unknown): error is RollcastError {
  return error instanceof RollcastError && (error.fate === 'retry' || error.fate === 'release');
}
