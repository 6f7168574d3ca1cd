/** @file What a channel can plausibly measure.
 *
 *  Law: bounds are inclusive, a missing bound refuses nothing, and a refused value says why. A refused channel
 *  counts as not observed; the other channels of its reading go on. */
import { RollcastError } from '#contracts';
import type { AlignedChannel } from './rules.js';

/** @returns the error of a value that cannot be used: NOT_FINITE or OUT_OF_RANGE; null when it is plausible. */
export function implausible(channel: AlignedChannel, value: number): RollcastError | null {
  if (!Number.isFinite(value)) {
    return new RollcastError('NOT_FINITE', { channel: channel.name, value: String(value) });
  }
  if (value >= channel.min && value <= channel.max) return null;
  return new RollcastError('OUT_OF_RANGE', {
    channel: channel.name,
    value,
    min: String(channel.min),
    max: String(channel.max),
  });
}
