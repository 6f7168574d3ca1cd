export { mixChannels } from './channel-mixup.js';
export {
  bytesPerSeries,
  CMAMBA_SIZES,
  type CmambaConfig,
  cmambaConfig,
  type CmambaSize,
  configOf,
  networkOf,
  patchWidth,
  segmentSteps,
  stateSize,
  trainingNeedsSteps,
  validateConfig,
  warmUp,
} from './config.js';
export { dropoutThreshold } from './dropout.js';
export type { EncoderOptions, Observer, RecurrentTensors } from './encoder.js';
export { scaledAbsoluteError } from './loss.js';
export { type DropoutMasks, parallel, type ParallelOptions, step, trainingPass } from './network.js';
export { nameWeights, ParameterTensors, splitWeights } from './parameter-tensors.js';
export { denormalise, type Level, levelOf, writePatch } from './patches.js';
export type { ScanInputs } from './scan-inputs.js';
export { type ScanForm, selectiveScan, type ScanResult, trainableScan } from './selective-scan.js';
export { contextSteps, schedule, type ScheduledStep, type StateIndex } from './schedule.js';
export {
  fromArtifact,
  initialWeights,
  LINEAR_PATH,
  type Parameter,
  parameters,
  toArtifact,
  weightCount,
} from './weights.js';
