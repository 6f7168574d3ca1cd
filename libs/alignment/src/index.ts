export {
  alignReading,
  type Alignment,
  MAX_OPEN_BYTES,
  type ReadingOutcome,
  type TimedReading,
} from './aligner.js';
export { type AlignedFrame, frameText } from './closing.js';
export { endSeries, type SeriesEnd } from './ending.js';
export { type OpenStep, type SeriesState, type TimedValues } from './open-steps.js';
export { type AlignedChannel, alignmentRules, type AlignmentRules } from './rules.js';
export { stateFromJson, type SeriesStateJson, stateToJson } from './state-json.js';
