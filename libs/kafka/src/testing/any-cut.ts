/** @file The law of a partition task as one question: does it write the same, however its input is cut into batches
 *  and however often its process dies?
 *
 *  Law: the answer names the first record that differs, so that a red test says where to look. */
import type { PartitionTask } from '../partition-task.js';
import type { InMemoryLog } from './in-memory-log.js';
import { pump, type PumpOptions } from './pump.js';

export interface AnyCutOptions {
  /** Topics to compare, record by record. */
  readonly topics: readonly string[];
  /** Random cuts to try; default 20. */
  readonly runs?: number;
  /** Seed of the random cuts; default 1. */
  readonly seed?: number;
  /** Probability of dying at each moment; default 0.1. */
  readonly deathRate?: number;
}

/** Small, seeded, good enough to cut batches by (mulberry32). @returns numbers in [0, 1) */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The first difference between two logs in the given topics; null: none. */
export function firstDifference(
  expected: InMemoryLog,
  found: InMemoryLog,
  topics: readonly string[],
): string | null {
  for (const topic of topics) {
    const wanted = expected.texts(topic);
    const is = found.texts(topic);
    for (let partition = 0; partition < Math.max(wanted.length, is.length); partition++) {
      const a = wanted[partition] ?? [];
      const b = is[partition] ?? [];
      for (let index = 0; index < Math.max(a.length, b.length); index++) {
        const [left, right] = [JSON.stringify(a[index]), JSON.stringify(b[index])];
        if (left !== right)
          return `${topic}, partition ${partition}, record ${index}: ${right} instead of ${left}`;
      }
    }
  }
  return null;
}

/** Runs the task over copies of `input`: once undisturbed, one record a batch, then under random cuts and deaths.
 *  @throws Error naming the run and the first record that differs */
export async function expectSameUnderAnyCut(
  makeTask: () => PartitionTask,
  input: InMemoryLog,
  options: AnyCutOptions,
): Promise<void> {
  const reference = input.copy();
  await pump(makeTask(), reference, { batchSize: () => 1 });
  const { runs = 20, seed = 1, deathRate = 0.1 } = options;
  for (let run = 0; run < runs; run++) {
    const random = seededRandom(seed * 1_000_003 + run);
    const cut: PumpOptions = {
      batchSize: () => 1 + Math.floor(random() ** 2 * 50),
      kill: () => random() < deathRate,
    };
    const log = input.copy();
    await pump(makeTask(), log, cut);
    const difference = firstDifference(reference, log, options.topics);
    if (difference !== null) throw new Error(`cut ${run} of seed ${seed}: ${difference}`);
  }
}
