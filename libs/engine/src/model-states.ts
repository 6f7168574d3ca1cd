/** @file The states of one model version for many series: what a live partition, a backtest and a newcomer that is being
 *  built beside the champion all keep.
 *
 *  Law: after a gap of more than `maxGap` steps a series begins anew; up to that its missing steps are stepped through
 *  as unobserved. Nothing here outlives the version. */
import type { IntervalOffsets, ModelKind } from '#contracts';
import type { Forecaster, Paths } from '#forecasting';
import { beginsAnew, type ObservedFrame, wavesOf } from './observed-frames.js';

/** A version, loaded and ready to forecast. */
export interface ServingModel {
  readonly kind: ModelKind;
  readonly version: string;
  readonly forecaster: Forecaster;
  /** Where its calibration begins; null: from its own deviations. */
  readonly intervals: IntervalOffsets | null;
  /** Frees what the executor holds for it. */
  release?(): Promise<void>;
}

export class ModelStates {
  private readonly states = new Map<string, { state: unknown; last: number }>();

  constructor(
    readonly model: ServingModel,
    private readonly maxGap: number,
  ) {}

  /** One wave: each series at most once.
   *  @param wanted where a forecast is asked for
   *  @returns paths in the order of the frames; null where none was wanted or the series is too young */
  async advance(
    frames: readonly ObservedFrame[],
    wanted: (frame: ObservedFrame) => boolean,
  ): Promise<(Paths | null)[]> {
    const advanced = await this.model.forecaster.advance(
      frames.map((frame) => {
        const held = this.states.get(frame.series);
        const anew = held === undefined || beginsAnew(held.last, frame.gridIndex, this.maxGap);
        const { gridIndex, values } = frame;
        return { state: anew ? null : held.state, gridIndex, values, wanted: wanted(frame) };
      }),
    );
    return advanced.map(({ state, paths }, index) => {
      const { series, gridIndex } = frames[index] as ObservedFrame;
      this.states.set(series, { state, last: gridIndex });
      return paths;
    });
  }

  /** Any number of frames, for their states alone. Those that go back in time were never served: they are passed over. */
  async replay(frames: readonly ObservedFrame[]): Promise<void> {
    for (const wave of wavesOf(frames)) {
      await this.advance(
        wave.filter((frame) => !this.isBehind(frame)),
        () => false,
      );
    }
  }

  /** Whether a frame does not move its series forward. */
  isBehind({ series, gridIndex }: ObservedFrame): boolean {
    const held = this.states.get(series);
    return held !== undefined && gridIndex <= held.last;
  }

  forget(series: string): void {
    this.states.delete(series);
  }
}
