/** @file The history of a stream on its grid: what training, judging and backtests read.
 *
 *  Law: a history is made of frames only, and says NaN where nothing was observed; it fills nothing. Frames of a
 *  series come in time order (that is how the log holds them); the order between series does not matter. */
import { durationMs, eventTimeMs, type Frame, RollcastError, type StreamDefinition } from '#contracts';
import { observedValue } from './model-states.js';

/** One series: `values[channel][index]` is the value in grid step `firstGridIndex + index`. */
export interface SeriesHistory {
  readonly series: string;
  readonly firstGridIndex: number;
  readonly steps: number;
  /** Grid steps in which anything was observed: the number of frames. */
  readonly frames: number;
  readonly values: readonly Float64Array[];
}

export interface StreamHistory {
  readonly definition: StreamDefinition;
  /** Sorted by name, so that the order of arrival changes nothing. */
  readonly series: readonly SeriesHistory[];
  readonly frames: number;
}

/** Collects frames into a history. */
export class HistoryBuilder {
  private readonly frequencyMs: number;
  private readonly channels: readonly string[];
  private readonly bySeries = new Map<string, GrowingSeries>();

  constructor(private readonly definition: StreamDefinition) {
    this.frequencyMs = durationMs(definition.frequency);
    this.channels = definition.channels.map((channel) => channel.name);
  }

  /** @throws INTERNAL for a frame of another stream or one that does not move its series forward. */
  add(frame: Frame): void {
    if (frame.stream !== this.definition.stream) {
      throw new RollcastError('INTERNAL', {
        problem: `a frame of ${frame.stream} among those of ${this.definition.stream}`,
      });
    }
    const gridIndex = Math.floor(eventTimeMs(frame.time) / this.frequencyMs);
    let growing = this.bySeries.get(frame.series);
    if (growing === undefined) {
      growing = new GrowingSeries(gridIndex, this.channels.length);
      this.bySeries.set(frame.series, growing);
    }
    growing.append(
      gridIndex,
      this.channels.map((channel) => observedValue(frame.values[channel])),
    );
  }

  /** @param maxSteps keep only the newest grid steps of each series; null: all. */
  build(maxSteps: number | null = null): StreamHistory {
    const series = [...this.bySeries.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, growing]) => growing.finish(name, maxSteps));
    return { definition: this.definition, series, frames: series.reduce((sum, one) => sum + one.frames, 0) };
  }
}

class GrowingSeries {
  private steps = 0;
  private values: Float64Array[];

  constructor(
    private readonly firstGridIndex: number,
    channels: number,
  ) {
    this.values = Array.from({ length: channels }, () => new Float64Array(1024).fill(NaN));
  }

  append(gridIndex: number, row: readonly number[]): void {
    const index = gridIndex - this.firstGridIndex;
    if (index < this.steps)
      throw new RollcastError('INTERNAL', {
        problem: `a frame at grid step ${gridIndex} comes out of order`,
      });
    const capacity = this.values[0]?.length ?? 0;
    if (index >= capacity) {
      const larger = Math.max(index + 1, 2 * capacity);
      this.values = this.values.map((column) => {
        const grown = new Float64Array(larger).fill(NaN);
        grown.set(column);
        return grown;
      });
    }
    row.forEach((value, channel) => {
      (this.values[channel] as Float64Array)[index] = value;
    });
    this.steps = index + 1;
  }

  finish(series: string, maxSteps: number | null): SeriesHistory {
    const skip = maxSteps === null ? 0 : Math.max(0, this.steps - maxSteps);
    const values = this.values.map((column) => column.slice(skip, this.steps));
    const steps = this.steps - skip;
    let frames = 0;
    for (let index = 0; index < steps; index++) {
      if (values.some((column) => !Number.isNaN(column[index]))) frames++;
    }
    return { series, firstGridIndex: this.firstGridIndex + skip, steps, frames, values };
  }
}

/** A stretch `[from, to)` of a series without a gap longer than `maxGap`: over a longer one a series begins anew. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** The runs of a series, in order; indices into its `values`. Each begins and ends at a frame. */
export function runsOf(history: SeriesHistory, maxGap: number): Run[] {
  const runs: Run[] = [];
  let from = -1;
  let last = -1;
  for (let index = 0; index < history.steps; index++) {
    if (history.values.every((column) => Number.isNaN(column[index]))) continue;
    // `index - last - 1` steps in between have no frame.
    if (from >= 0 && index - last - 1 > maxGap) {
      runs.push({ from, to: last + 1 });
      from = index;
    } else if (from < 0) {
      from = index;
    }
    last = index;
  }
  if (from >= 0) runs.push({ from, to: last + 1 });
  return runs;
}

/** Grid indices that cut a history in time: training `[.., validation)`, validation `[validation, heldBack)`, held
 *  back `[heldBack, ..)`. One cut for all series, so that no series tells another's future. */
export interface Splits {
  readonly validation: number;
  readonly heldBack: number;
}

/** Cuts so that the newest `heldBack` share of all frames is held back and the `validation` share before it selects. */
export function splitByTime(history: StreamHistory, validation: number, heldBack: number): Splits {
  const times: number[] = [];
  for (const one of history.series) {
    for (let index = 0; index < one.steps; index++) {
      if (one.values.some((column) => !Number.isNaN(column[index]))) times.push(one.firstGridIndex + index);
    }
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { validation: at(1 - heldBack - validation), heldBack: at(1 - heldBack) };
}
