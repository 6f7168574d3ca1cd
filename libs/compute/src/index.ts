export { compiledExecutor } from './compiled.js';
export { eagerExecutor } from './eager.js';
export { chooseExecutor, EXECUTOR_WISHES, type ExecutorWish } from './executor-choice.js';
export type { Executor, PreparedProgram } from './executor.js';
export { type RecurrentState, Stepper, type StepRequest } from './stepper.js';
export { beginTraining, Trainer, type TrainingBatch, trainingMasks, type TrainingState } from './trainer.js';
export { type TrainingShape, trainingSizes } from './training-step.js';
