/** @file What every service stands on: environment, logging, health, metrics, orderly end. No domain word inside. */
export { start, startService, type RunningService, type ServiceOptions, type StartParts } from './start.js';
export { CONFIGURATION, type Platform, PLATFORM } from './platform.module.js';
export {
  readEnvironment,
  type EnvironmentSource,
  type EnvironmentSpec,
  type Variables,
} from './environment.js';
export { flag, folder, list, oneOf, secret, text, url, wholeNumber } from './variables.js';
export { LOG_LEVELS, Logger, createLogger, type LogFields, type LogLevel } from './logging.js';
export { Health, type HealthView, type Indication, type Indicator } from './health.js';
export { Metrics } from './metrics.js';
export { Shutdown, type EndingProcess, type StopHook } from './shutdown.js';
export { ErrorFilter } from './error-filter.js';
export { refuseForeignRequests } from './foreign-requests.js';
export { hidePasswords } from './secrets.js';
export { pause, unlessAborted, within } from './waiting.js';
