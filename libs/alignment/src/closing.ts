/** @file From a closed step to a frame: one number a channel, or null.
 *
 *  Law: a frame depends on the times and values of its step only, never on their order of arrival: sums go in the
 *  order of time. The mean is taken first and rounded then. A step in which nothing was observed has no frame. */
import { formatTime, roundTo, stepBegin } from '#contracts';
import type { OpenStep } from './open-steps.js';
import type { AlignedChannel, AlignmentRules } from './rules.js';

export interface AlignedFrame {
  /** Begin of the step, milliseconds. */
  readonly time: number;
  /** In the order of the definition; null: not observed. */
  readonly values: readonly (number | null)[];
}

/** The frames of steps, in their order. */
export function closeSteps(rules: AlignmentRules, steps: readonly OpenStep[]): AlignedFrame[] {
  return steps.map((step) => closeStep(rules, step)).filter((frame) => frame !== null);
}

/** The frame of a step; null when no channel was observed in it. */
function closeStep(rules: AlignmentRules, step: OpenStep): AlignedFrame | null {
  const values = rules.channels.map((channel, index) => {
    const observed: number[] = [];
    for (const reading of step.readings) {
      const value = reading.values[index];
      if (value !== null && value !== undefined) observed.push(value);
    }
    return observed.length === 0 ? null : roundTo(aggregated(channel, observed), channel.decimals);
  });
  if (values.every((value) => value === null)) return null;
  return { time: stepBegin(step.index, rules.frequency), values };
}

/** @param observed in the order of time, not empty */
function aggregated(channel: AlignedChannel, observed: readonly number[]): number {
  if (channel.aggregate === 'last') return observed.at(-1) as number;
  const total = observed.reduce((sum, value) => sum + value, 0);
  // Finite values near 1e308 add up to infinity; divided first they do not.
  return Number.isFinite(total)
    ? total / observed.length
    : observed.reduce((sum, value) => sum + value / observed.length, 0);
}

/** The value of a `frames` record: fixed field order, channels in the order of the definition (which an object with
 *  channels named like numbers would not keep). Parses as `Frame`. */
export function frameText(rules: AlignmentRules, series: string, frame: AlignedFrame): string {
  const head = { stream: rules.stream, series, time: formatTime(frame.time) };
  const values = rules.channels.map(
    (channel, index) => `${JSON.stringify(channel.name)}:${JSON.stringify(frame.values[index] ?? null)}`,
  );
  return `${JSON.stringify(head).slice(0, -1)},"values":{${values.join(',')}}}`;
}
