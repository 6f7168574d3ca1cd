/** @file The watermark of one series: its greatest event time seen, minus the lateness.
 *
 *  Law: it never moves back, not even when the lateness of the stream grows. It knows no clock: only a reading or a
 *  tick of the same series moves it. */
import { gridIndex } from '#contracts';

/** The watermark after an event time was seen.
 *  @param watermark before, in milliseconds; null: nothing was seen yet */
export function advanceWatermark(watermark: number | null, time: number, lateness: number): number {
  const reached = time - lateness;
  return watermark === null || reached > watermark ? reached : watermark;
}

/** Index of the first step that is still open: step `i` is closed once `watermark >= (i + 1) * frequency`. */
export function firstOpenStep(watermark: number, frequency: number): number {
  return gridIndex(watermark, frequency);
}
