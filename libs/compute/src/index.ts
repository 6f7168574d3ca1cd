export { compiledExecutor, type CompiledOptions } from './compiled.js';
export { eagerExecutor } from './eager.js';
export {
  chooseExecutor,
  type ChoiceOptions,
  type ExecutorChoice,
  EXECUTOR_WISHES,
  type ExecutorWish,
} from './executor-choice.js';
export type { Executor, Feeds, PreparedProgram, Results } from './executor.js';
export type { ConstantSpec, NamedTensors, Program, TensorSpec } from './program.js';
export { record, type RecordedProgram } from './recording-backend.js';
export {
  type CommitResult,
  type RecurrentState,
  Stepper,
  type StepRequest,
  type StepResult,
} from './stepper.js';
export { tilesFor, tileSizes } from './tiles.js';
export {
  beginTraining,
  Trainer,
  type TrainingBatch,
  type TrainingMasks,
  trainingMasks,
  type TrainingState,
} from './trainer.js';
export { type TrainingShape, trainingSizes } from './training-step.js';
