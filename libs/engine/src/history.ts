/** @file The history of a stream on its grid: what training, judging and backtests read.
 *
 *  Law: a history is made of frames only, and says NaN where nothing was observed; it fills nothing. Over a gap of more
 *  than `maxGap` steps a series begins anew, here as where it is served: it is cut into runs, and no memory is spent on
 *  the gap. Frames of a series come in time order (that is how the log holds them); the order between series does not
 *  matter. */
import {
  durationMs,
  eventTimeMs,
  type Forecast,
  type Frame,
  gridIndex,
  RollcastError,
  type StreamDefinition,
} from '#contracts';
import { beginsAnew, onGrid } from './observed-frames.js';

/** A stretch of a series without a long gap, from a frame to a frame: `values[channel][index]` is the value in grid step
 *  `firstGridIndex + index`. */
export interface Run {
  readonly firstGridIndex: number;
  readonly steps: number;
  readonly values: readonly Float64Array[];
}

/** One series; its runs in the order of time. */
export interface SeriesHistory {
  readonly series: string;
  readonly runs: readonly Run[];
}

export interface StreamHistory {
  readonly definition: StreamDefinition;
  /** Sorted by name, so that the order of arrival changes nothing. */
  readonly series: readonly SeriesHistory[];
  /** In which anything was observed. */
  readonly frames: number;
}

/** Collects frames into a history. */
export class HistoryBuilder {
  private readonly bySeries = new Map<string, GrowingSeries>();

  /** @param maxSteps keep only the newest grid steps of each series; null: all. */
  constructor(
    private readonly definition: StreamDefinition,
    private readonly maxSteps: number | null = null,
  ) {}

  /** @throws INTERNAL for a frame of another stream or one that does not move its series forward. */
  add(frame: Frame): void {
    if (frame.stream !== this.definition.stream) {
      throw new RollcastError('INTERNAL', {
        problem: `a frame of ${frame.stream} among those of ${this.definition.stream}`,
      });
    }
    const { gridIndex, values } = onGrid(frame, this.definition);
    let growing = this.bySeries.get(frame.series);
    if (growing === undefined) {
      growing = new GrowingSeries(this.definition.maxGap, this.maxSteps ?? Infinity);
      this.bySeries.set(frame.series, growing);
    }
    growing.append(gridIndex, values);
  }

  build(): StreamHistory {
    const series = [...this.bySeries.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, growing]): SeriesHistory => ({ series: name, runs: growing.runs() }));
    let frames = 0;
    for (const { runs } of series) for (const run of runs) frames += observedSteps(run).length;
    return { definition: this.definition, series, frames };
  }
}

/** The runs of one series as they come. */
class GrowingSeries {
  private readonly closed: Run[] = [];
  private open: GrowingRun | null = null;

  constructor(
    private readonly maxGap: number,
    private readonly maxSteps: number,
  ) {}

  append(gridIndex: number, row: Float64Array): void {
    if (this.open !== null && gridIndex < this.open.end) {
      throw new RollcastError('INTERNAL', {
        problem: `a frame at grid step ${gridIndex} comes out of order`,
      });
    }
    if (this.open === null || beginsAnew(this.open.end - 1, gridIndex, this.maxGap)) {
      if (this.open !== null) this.closed.push(this.open.finish());
      this.open = new GrowingRun(gridIndex, row.length);
    }
    this.open.append(gridIndex, row);
    this.forget(gridIndex + 1 - this.maxSteps);
  }

  /** All runs, as far back as is wanted. */
  runs(): Run[] {
    if (this.open === null) return [];
    const from = this.open.end - this.maxSteps;
    return [...this.closed, this.open.finish()].map((run) => runBetween(run, from, Infinity));
  }

  /** Frees what lies before a grid step: whole runs, and of the present one when at least half of it does, so that a
   *  value is moved about once. */
  private forget(from: number): void {
    while (this.closed[0] !== undefined && endOf(this.closed[0]) <= from) this.closed.shift();
    if (this.open !== null && this.open.end - this.open.firstGridIndex >= 2 * this.maxSteps) {
      this.open.cut(from);
    }
  }
}

class GrowingRun {
  private steps = 0;
  private values: Float64Array[];

  constructor(
    public firstGridIndex: number,
    channels: number,
  ) {
    this.values = Array.from({ length: channels }, () => new Float64Array(64).fill(NaN));
  }

  /** Behind the newest grid step. */
  get end(): number {
    return this.firstGridIndex + this.steps;
  }

  append(gridIndex: number, row: Float64Array): void {
    const index = gridIndex - this.firstGridIndex;
    const capacity = this.values[0]?.length ?? 0;
    if (index >= capacity) this.move(0, Math.max(index + 1, 2 * capacity));
    row.forEach((value, channel) => {
      (this.values[channel] as Float64Array)[index] = value;
    });
    this.steps = index + 1;
  }

  /** Forgets what lies before a grid step. */
  cut(from: number): void {
    const skip = from - this.firstGridIndex;
    this.move(skip, this.values[0]?.length ?? 0);
    this.firstGridIndex = from;
    this.steps -= skip;
  }

  finish(): Run {
    const { firstGridIndex, steps } = this;
    return { firstGridIndex, steps, values: this.values.map((column) => column.slice(0, steps)) };
  }

  private move(skip: number, capacity: number): void {
    this.values = this.values.map((column) => {
      const moved = new Float64Array(capacity).fill(NaN);
      moved.set(column.subarray(skip, this.steps));
      return moved;
    });
  }
}

/** Behind the last grid step of a run. */
export function endOf({ firstGridIndex, steps }: Run): number {
  return firstGridIndex + steps;
}

/** Behind the newest frame of a history; -Infinity: it has none. */
export function lastEnd({ series }: StreamHistory): number {
  return series.reduce((end, { runs }) => Math.max(end, ...runs.slice(-1).map(endOf)), -Infinity);
}

/** The part of a run in grid steps `[from, to)`; it may be empty. */
export function runBetween({ firstGridIndex, steps, values }: Run, from: number, to: number): Run {
  const first = Math.min(steps, Math.max(0, from - firstGridIndex));
  const last = Math.max(first, Math.min(steps, to - firstGridIndex));
  return {
    firstGridIndex: firstGridIndex + first,
    steps: last - first,
    values: values.map((column) => column.subarray(first, last)),
  };
}

/** The run of a series that holds a grid step; null: it lies in a gap, before the first or behind the last. */
export function runAt({ runs }: SeriesHistory, gridIndex: number): Run | null {
  const run = runs.findLast(({ firstGridIndex }) => firstGridIndex <= gridIndex);
  return run !== undefined && gridIndex < endOf(run) ? run : null;
}

/** Finds the run that holds the origin of a forecast, and the origin's grid step; null: no run does. */
export function originFinder(
  history: StreamHistory,
): (forecast: Pick<Forecast, 'series' | 'origin'>) => { readonly run: Run; readonly origin: number } | null {
  const frequencyMs = durationMs(history.definition.frequency);
  const bySeries = new Map(history.series.map((one) => [one.series, one]));
  return (forecast) => {
    const origin = gridIndex(eventTimeMs(forecast.origin), frequencyMs);
    const series = bySeries.get(forecast.series);
    const run = series === undefined ? null : runAt(series, origin);
    return run === null ? null : { run, origin };
  };
}

/** NaN: not observed, or outside of the run. */
export function valueAt({ firstGridIndex, values }: Run, channel: number, gridIndex: number): number {
  return values[channel]?.[gridIndex - firstGridIndex] ?? NaN;
}

/** Values of all channels in a grid step; null: nothing was observed there. */
export function frameAt(run: Run, gridIndex: number): Float64Array | null {
  const row = Float64Array.from(run.values, (_, channel) => valueAt(run, channel, gridIndex));
  return row.every(Number.isNaN) ? null : row;
}

/** Grid indices of a run in which anything was observed. */
export function observedSteps({ firstGridIndex, steps, values }: Run): number[] {
  const observed: number[] = [];
  for (let index = 0; index < steps; index++) {
    if (values.some((column) => !Number.isNaN(column[index]))) observed.push(firstGridIndex + index);
  }
  return observed;
}

/** Grid indices that cut a history in time: training `[.., validation)`, validation `[validation, heldBack)`, held
 *  back `[heldBack, ..)`. One cut for all series, so that no series tells another's future. */
export interface Splits {
  readonly validation: number;
  readonly heldBack: number;
}

/** Cuts so that the newest `heldBack` share of all frames is held back and the `validation` share before it selects. */
export function splitByTime(history: StreamHistory, validation: number, heldBack: number): Splits {
  const times = history.series.flatMap(({ runs }) => runs.flatMap(observedSteps));
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { validation: at(1 - heldBack - validation), heldBack: at(1 - heldBack) };
}
