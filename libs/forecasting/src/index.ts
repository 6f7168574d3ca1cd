export type { Forecaster, Paths, SeriesAdvance, SeriesStep } from './forecaster.js';
export { fill, lastObserved } from './fill.js';
export { clipOutliers } from './clip-outliers.js';
export { HistoryRing } from './history-ring.js';
export { type ChannelScales, fitScales } from './scale.js';
export type { TrainingSeries } from './training-series.js';
export { type LastValueSettings, lastValueForecaster } from './baselines/last-value.js';
export { ridgeForecaster, type RidgeSettings } from './baselines/ridge.js';
export { fitRidge, PULLS, type RidgeFit } from './baselines/ridge-weights.js';
export { type SeasonalNaiveSettings, seasonalNaiveForecaster } from './baselines/seasonal-naive.js';
export {
  kalmanForecaster,
  kalmanLife,
  type KalmanSettings,
  type KalmanState,
} from './kalman/kalman-forecaster.js';
export { defaultRates } from './kalman/rates.js';
export {
  beginCalibration,
  calibrate,
  type Calibration,
  type CalibrationShape,
  enoughErrors,
  intervals,
  type JudgedError,
} from './conformal.js';
export { ErrorQuantiles } from './error-quantiles.js';
export { ErrorTable, type JudgedOrigin } from './error-table.js';
export {
  beginScores,
  type Figures,
  figures,
  type JudgedBesideNaive,
  type RunningScores,
  score,
} from './running-scores.js';
export { fitKalman, type KalmanFitShape } from './kalman/fit-kalman.js';
