/** @file What the alignment needs of a stream's definition, worked out once.
 *
 *  Law: equal fingerprints mean that a state of the one can be read by the other: same grid, same channels in the same
 *  order. Ranges, decimals, aggregate and lateness are policies and may change under a living state. */
import { durationMs, RollcastError, type StreamDefinition } from '#contracts';

export interface AlignedChannel {
  readonly name: string;
  /** Inclusive bounds; infinite where the definition has none. */
  readonly min: number;
  readonly max: number;
  readonly decimals: number;
  readonly aggregate: 'mean' | 'last';
}

export interface AlignmentRules {
  readonly stream: string;
  /** Milliseconds. */
  readonly frequency: number;
  readonly lateness: number;
  readonly channels: readonly AlignedChannel[];
  readonly indexOf: ReadonlyMap<string, number>;
  readonly fingerprint: string;
}

/** The rules of a stream, from its validated definition. */
export function alignmentRules(definition: StreamDefinition): AlignmentRules {
  const frequency = durationMs(definition.frequency);
  const channels = definition.channels.map((channel) => ({
    name: channel.name,
    min: channel.min ?? -Infinity,
    max: channel.max ?? Infinity,
    decimals: channel.decimals,
    aggregate: channel.aggregate,
  }));
  const names = channels.map((channel) => channel.name);
  return {
    stream: definition.stream,
    frequency,
    lateness: durationMs(definition.lateness),
    channels,
    indexOf: new Map(names.map((name, index) => [name, index])),
    fingerprint: JSON.stringify([frequency, ...names]),
  };
}

/** The grid that a fingerprint names: the frequency in milliseconds, and the channels' names in order.
 *  @throws INTERNAL when it is no fingerprint */
export function gridOf(fingerprint: string): {
  readonly frequency: number;
  readonly channels: readonly string[];
} {
  let grid: unknown;
  try {
    grid = JSON.parse(fingerprint);
  } catch {
    grid = null;
  }
  const [frequency, ...channels] = Array.isArray(grid) ? (grid as unknown[]) : [];
  const isName = (name: unknown) => typeof name === 'string';
  if (typeof frequency === 'number' && frequency > 0 && channels.every(isName))
    return { frequency, channels };
  throw new RollcastError('INTERNAL', { problem: `${fingerprint} is no fingerprint of a grid` });
}
