/** @file Durations as people write them: `500ms`, `5s`, `15m`, `1h`, `7d`. */
import { z } from 'zod';
import { RollcastError } from './errors.js';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNIT_MS;

export const Duration = z
  .string()
  .regex(/^\d{1,12}(ms|s|m|h|d)$/, { error: 'write a duration like 500ms, 5s, 15m, 1h or 7d', abort: true })
  .meta({ description: 'A duration: a whole number and ms, s, m, h or d', examples: ['1h'] });

/** A duration of `least` to `most`, both allowed. JSON Schema cannot compare durations: the description says it. */
export function durationBetween(least: string, most: string, description: string) {
  const [leastMs, mostMs] = [durationMs(least), durationMs(most)];
  return Duration.refine((duration) => durationMs(duration) >= leastMs && durationMs(duration) <= mostMs, {
    error: `must be ${least} to ${most}`,
  }).meta({ description: `${description}; ${least} to ${most}` });
}

/** Milliseconds of a valid duration.
 *  @throws INVALID_REQUEST on anything `Duration` refuses (a caller's bug: parse first). */
export function durationMs(duration: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(duration);
  if (!match) throw new RollcastError('INVALID_REQUEST', { problem: `not a duration: ${duration}` });
  return Number(match[1]) * UNIT_MS[match[2] as Unit];
}

/** The shortest way to write a whole number of milliseconds. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms !== 0 && ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}
