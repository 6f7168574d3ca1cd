/** @file Times that scatter round the beginnings of steps: they are read as the nearest one.
 *
 *  A step holds the times from its beginning on, so of two readings taken 10 s apart, one of them a few milliseconds
 *  early, both may fall into one step, and the next stays empty; of times that scatter so, a quarter of the steps does.
 *  The rule: the nearest beginning is taken where at most half as many rows then share a step with another.
 *
 *  Law: no time is moved by more than half a step. It refuses to move times that keep their distance. */
import { formatDuration } from '#contracts';
import type { TimeSteps } from './time-steps.js';

/** @param times one a row
 *  @param groups the series of each row
 *  @param frequency of the stream, milliseconds
 *  @returns how a time is read, as such or as the nearest step's beginning */
export function stepReader(
  times: readonly number[],
  groups: readonly number[],
  frequency: number,
  { scatter, regular }: TimeSteps,
  notes: string[],
): (time: number) => number {
  const asItIs = (time: number) => time;
  if (scatter === 0 || !regular) return asItIs;
  const nearest = (time: number) => Math.round(time / frequency) * frequency;
  const crowded = sharing(times, groups, frequency, asItIs);
  if (crowded === 0 || 2 * sharing(times, groups, frequency, nearest) > crowded) return asItIs;
  notes.push(
    `times fall on both sides of where steps begin: each is read as the nearest ${formatDuration(frequency)}, else ${crowded} of ${times.length} rows would share a step with another`,
  );
  return nearest;
}

/** Rows in whose step of their series another row was before. */
function sharing(
  times: readonly number[],
  groups: readonly number[],
  frequency: number,
  read: (time: number) => number,
): number {
  const steps = times.map((time, row) => `${groups[row]}/${Math.floor(read(time) / frequency)}`);
  return steps.length - new Set(steps).size;
}
