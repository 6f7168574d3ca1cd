/** @file A training between two steps, as bytes: what a worker that was killed goes on from.
 *
 *  Law: everything that the rest of the training depends on is in it or is a function of (seed, step); so a resumed
 *  training ends with the same weights, to the bit. A checkpoint of another training is not one. */
import type { TrainingState } from '#compute';
import { RollcastError } from '#contracts';
import { readSafetensors, type Tensor, writeSafetensors } from '#model-store';
import { z } from 'zod';

const Progress = z.object({
  /** What is trained, as text: another definition, seed or history is another training. */
  identity: z.string(),
  step: z.int().nonnegative(),
  /** Validation error before the first epoch and after each. */
  validation: z.array(z.number()),
  /** What the chunks add to the first of them. */
  startParts: z.array(z.number()),
  /** Index into `validation` of the epoch that is served so far. */
  best: z.int().nonnegative(),
  /** Milliseconds of training before this process. */
  spentMs: z.number().nonnegative(),
});
export type TrainingProgressState = z.infer<typeof Progress>;

export interface TrainingCheckpoint extends TrainingProgressState {
  readonly state: TrainingState;
  /** Averaged weights of the best epoch. */
  readonly bestWeights: Float32Array;
}

const VECTORS = ['weights', 'averaged', 'first', 'second'] as const;

export function checkpointBytes({ state, bestWeights, ...progress }: TrainingCheckpoint): Buffer {
  const vector = (values: Float32Array): Tensor => ({ shape: [values.length], values });
  const tensors = new Map(VECTORS.map((name) => [name as string, vector(state[name])]));
  tensors.set('best', vector(bestWeights));
  return writeSafetensors(tensors, { progress: JSON.stringify(Progress.parse(progress)) });
}

/** @returns null when the bytes are of another training.
 *  @throws ARTIFACT_BROKEN when they are no checkpoint. */
export function readCheckpoint(bytes: Buffer, identity: string): TrainingCheckpoint | null {
  const { tensors, metadata } = readSafetensors(bytes);
  const broken = (problem: string) =>
    new RollcastError('ARTIFACT_BROKEN', { artifact: 'checkpoint', problem });
  const parsed = Progress.safeParse(JSON.parse(metadata['progress'] ?? 'null'));
  if (!parsed.success) throw broken('it says nothing of its progress');
  if (parsed.data.identity !== identity) return null;
  const vector = (name: string) => {
    const values = tensors.get(name)?.values;
    if (values === undefined) throw broken(`${name} is missing`);
    return values;
  };
  const [weights, averaged, first, second] = VECTORS.map(vector) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return {
    ...parsed.data,
    state: { step: parsed.data.step, weights, averaged, first, second },
    bestWeights: vector('best'),
  };
}
