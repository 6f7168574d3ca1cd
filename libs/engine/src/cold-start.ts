/** @file What serves before anything was trained, and wherever a series is too young for its model. */
import { COLD_START_VERSION, type StreamDefinition } from '#contracts';
import { kalmanForecaster } from '#forecasting';
import type { ServingModel } from './model-states.js';

/** Kalman with default rates. */
export function coldStart(definition: StreamDefinition): ServingModel {
  const { channels, lookback, horizon, season } = definition;
  const forecaster = kalmanForecaster({ channels: channels.length, lookback, horizon, season });
  return {
    kind: 'kalman',
    version: COLD_START_VERSION,
    forecaster,
    intervals: null,
  };
}
