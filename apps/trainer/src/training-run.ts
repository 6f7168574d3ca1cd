/** @file What a training is to the queue: a function that is handed in. It keeps its own checkpoints under the job's
 *  name, so calling it again with the same name goes on where the last call was cut off. */
import type { StreamDefinition, TrainingJobView, TrainingProgress } from '#contracts';

/** What the gate said. */
export type TrainingVerdict = TrainingJobView['verdict'];

export interface TrainingRequest {
  /** Unique for ever, also after Redis was wiped: checkpoints and model versions carry it. */
  readonly job: string;
  readonly stream: StreamDefinition;
  readonly seed: number;
  /** Aborted: write a checkpoint and reject soon, with whatever. */
  readonly signal: AbortSignal;
  onProgress(progress: TrainingProgress): void;
}

/** Rejects with RollcastError INSUFFICIENT_HISTORY, BROKER_UNAVAILABLE and the like. */
export type TrainingRun = (request: TrainingRequest) => Promise<TrainingVerdict>;
