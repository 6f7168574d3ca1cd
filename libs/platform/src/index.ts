/** @file What every service stands on: environment, logging, health, metrics, orderly end. No domain word inside. */
export { start } from './start.js';
export { CONFIGURATION, type Platform, PLATFORM } from './platform.module.js';
export { readEnvironment, type EnvironmentSpec } from './environment.js';
export { flag, folder, list, oneOf, secret, text, url, wholeNumber } from './variables.js';
export { Logger, createLogger } from './logging.js';
export { Health, type Indication } from './health.js';
export { Metrics } from './metrics.js';
export { Shutdown } from './shutdown.js';
export { ErrorFilter } from './error-filter.js';
export { refuseForeignRequests } from './foreign-requests.js';
export { hidePasswords } from './secrets.js';
export { pause, underEither, unlessAborted, within } from './waiting.js';
