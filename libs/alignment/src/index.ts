export {
  alignReading,
  type Alignment,
  MAX_HELD_NUMBERS,
  type Outcome,
  type SeriesState,
  type TimedReading,
} from './aligner.js';
export { type AlignedFrame, frameText } from './closing.js';
export { gridIndex, stepBegin } from './grid.js';
export { type OpenStep, type TimedValues } from './open-steps.js';
export { type AlignedChannel, alignmentRules, type AlignmentRules } from './rules.js';
export { stateFromJson, type SeriesStateJson, stateToJson } from './state-json.js';
