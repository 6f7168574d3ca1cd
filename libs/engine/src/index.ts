export { CmambaForecaster, CmambaState, type NetworkStepper } from './cmamba-forecaster.js';
export { Draws, type Purpose } from './draws.js';
export { type CmambaFit, fitCmamba, type FitProgress, type FitRequest } from './fit-cmamba.js';
export { HistoryBuilder, type Run, type SeriesHistory, splitByTime, type StreamHistory } from './history.js';
export { ForecastScorer } from './forecast-scorer.js';
export { judge, type Judgement, type JudgeRequest } from './judge.js';
export { coldStart } from './cold-start.js';
export { loadVersion } from './load-version.js';
export { ModelStates, type ServingModel } from './model-states.js';
export { type ObservedFrame, onGrid } from './observed-frames.js';
export { agree, type JudgedScore } from './judged-truths.js';
export { type Differences } from './published-comparison.js';
export { isFiniteForecast } from './published-forecast.js';
export { type FittedVersion, refit, type RefitRequest, type RefitResult } from './refit.js';
export { type OriginResult, RollingOrigin } from './rolling-origin.js';
export { SeriesMemory } from './series-memory.js';
export {
  type ReportRow,
  servedReport,
  type ServedReport,
  type ServedReportRequest,
} from './served-report.js';
export { type TrainingSet, trainingSet } from './training-set.js';
export { longestContext } from './context.js';
