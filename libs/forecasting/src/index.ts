export type { Forecaster, Paths, SeriesStep } from './forecaster.js';
export { fill } from './fill.js';
export { clipOutliers } from './clip-outliers.js';
export { HistoryRing } from './history-ring.js';
export { type ChannelScales, fitScales } from './scale.js';
export type { TrainingSeries } from './training-series.js';
export { lastValueForecaster } from './baselines/last-value.js';
export { ridgeForecaster } from './baselines/ridge.js';
export { fitRidge, PULLS } from './baselines/ridge-weights.js';
export { seasonalNaiveForecaster } from './baselines/seasonal-naive.js';
export { kalmanForecaster, kalmanLife } from './kalman/kalman-forecaster.js';
export {
  beginCalibration,
  calibrate,
  type Calibration,
  type CalibrationShape,
  intervals,
} from './conformal.js';
export { ErrorQuantiles } from './error-quantiles.js';
export { ErrorTable } from './error-table.js';
export { beginScores, figures, type RunningScores, score } from './running-scores.js';
export { fitKalman } from './kalman/fit-kalman.js';
