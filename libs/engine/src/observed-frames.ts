/** @file Frames as forecasters see them: on the grid of their stream, its channels in order, NaN where nothing was observed. */
import { durationMs, eventTimeMs, type Frame, gridIndex, type StreamDefinition } from '#contracts';

/** A frame on the grid of its stream. */
export interface ObservedFrame {
  readonly series: string;
  readonly gridIndex: number;
  /** `[channels]`; NaN: not observed */
  readonly values: Float64Array;
}

/** Squares of larger values, and sums of such squares, would not stay finite in every forecaster. No sensor measures
 *  them; programs write them where they have no value. */
const LARGEST = 1e30;

/** A frame in the order of the definition's channels; one that it does not hold was not observed. */
export function onGrid(
  frame: Frame,
  { frequency, channels }: Pick<StreamDefinition, 'frequency' | 'channels'>,
): ObservedFrame {
  return {
    series: frame.series,
    gridIndex: gridIndex(eventTimeMs(frame.time), durationMs(frequency)),
    values: Float64Array.from(channels, ({ name }) => observedValue(frame.values[name])),
  };
}

/** A value of a frame as forecasters see it. @returns NaN: not observed, or nothing to calculate with */
export function observedValue(value: number | null | undefined): number {
  return value === null || value === undefined || Math.abs(value) > LARGEST ? NaN : value;
}

/** Whether a series begins anew at a frame. */
export function beginsAnew(last: number, gridIndex: number, maxGap: number): boolean {
  return gridIndex - last - 1 > maxGap;
}

/** Splits frames into waves in which each series stands at most once, in the order of its frames. */
export function wavesOf<T extends { readonly series: string }>(frames: readonly T[]): T[][] {
  const waves: T[][] = [];
  const seen = new Map<string, number>();
  for (const frame of frames) {
    const wave = seen.get(frame.series) ?? 0;
    seen.set(frame.series, wave + 1);
    (waves[wave] ??= []).push(frame);
  }
  return waves;
}
