/** @file When a state is committed, which of the two answers, which begins anew. The only file that knows.
 *
 *  Every grid step peeks; every `stride`-th commits. Grid step g commits when g is a multiple of the stride; its commit
 *  number is g / stride. State 0 restarts at commit numbers 0 mod M, state 1 at M/2 mod M: a restart means that the
 *  patch of that commit is processed from the zero state. A step between two commits belongs to the commit ahead: it
 *  is answered by the state that will answer there.
 *
 *  Law: the state that answers has seen M/2 to M-1 patches before the present one, always; so no step leaves the
 *  lengths that training saw, and nothing further back than {@link contextSteps} can matter. */
import { RollcastError } from '#contracts';
import type { CmambaConfig } from './config.js';

/** Which of the two alternating states. */
export type StateIndex = 0 | 1;

export interface ScheduledStep {
  /** Does this step commit? If not, whatever it does to a state is thrown away. */
  readonly commit: boolean;
  /** The state whose output is the forecast. */
  readonly answering: StateIndex;
  /** Patches that the answering state has seen before the present one, M/2 to M-1. */
  readonly age: number;
  /** The state that is to be taken as zero at this commit. */
  readonly restarting: StateIndex | null;
  /** Grid steps since the last commit before this step, 1 to stride. */
  readonly distance: number;
}

/** What happens at a grid step. Negative indices (times before 1970) are as good as others.
 *  @throws INTERNAL for an index that is not a whole number.
 *  @example schedule(gridIndex, 8, 48).answering */
export function schedule(gridIndex: number, stride: number, memory: number): ScheduledStep {
  if (!Number.isSafeInteger(gridIndex)) {
    throw new RollcastError('INTERNAL', { problem: `grid index ${gridIndex} is not a whole number` });
  }
  const sinceCommit = modulo(gridIndex, stride);
  const commit = sinceCommit === 0;
  // The commit that this step is or leads to.
  const commitNumber = (gridIndex - sinceCommit) / stride + (commit ? 0 : 1);
  const ageOfZero = modulo(commitNumber, memory);
  const half = memory / 2;
  const answering: StateIndex = ageOfZero >= half ? 0 : 1;
  return {
    commit,
    answering,
    age: ageOfZero >= half ? ageOfZero : ageOfZero + half,
    restarting: !commit ? null : ageOfZero === 0 ? 0 : ageOfZero === half ? 1 : null,
    distance: commit ? stride : sinceCommit,
  };
}

/** Grid steps back, the present one included, beyond which nothing can matter.
 *
 *  At a commit the elder has seen at most M-1 patches before, the first of them (M-1) strides back. That patch holds
 *  `lookback` steps, and its level features compare it with the patch one stride earlier still: lookback + M strides. */
export function contextSteps(config: Pick<CmambaConfig, 'lookback' | 'stride' | 'memory'>): number {
  return config.lookback + config.stride * config.memory;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
