export { mixChannels } from './channel-mixup.js';
export {
  bytesPerSeries,
  type CmambaConfig,
  cmambaConfig,
  configOf,
  networkOf,
  patchWidth,
  segmentSteps,
  stateSize,
  trainingNeedsSteps,
  warmUp,
} from './config.js';
export { dropoutThreshold } from './dropout.js';
export type { Observer, RecurrentTensors } from './encoder.js';
export { scaledAbsoluteError } from './loss.js';
export { parallel, step, trainingPass } from './network.js';
export { nameWeights, splitWeights } from './parameter-tensors.js';
export { denormalise, type Level, levelOf, writePatch } from './patches.js';
export { type ScanForm, trainableScan } from './selective-scan.js';
export { contextSteps, schedule, type ScheduledStep, type StateIndex } from './schedule.js';
export { fromArtifact, initialWeights, LINEAR_PATH, parameters, toArtifact, weightCount } from './weights.js';
