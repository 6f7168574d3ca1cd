export { alignReading, MAX_OPEN_BYTES, type TimedReading } from './aligner.js';
export { type AlignedFrame, frameText } from './closing.js';
export { endSeries } from './ending.js';
export { type SeriesState } from './open-steps.js';
export { alignmentRules, type AlignmentRules } from './rules.js';
export { stateFromJson, stateToJson } from './state-json.js';
