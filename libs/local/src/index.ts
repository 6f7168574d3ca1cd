/** @file A real Kafka and a real Redis for one machine: found, in containers, or as local processes. */
export { startServers, type Servers, type StartServersOptions } from './start-servers.js';
export { ensureChromium } from './packages.js';
export { cacheFolder } from './cache-folder.js';
export { projectFile } from './project-file.js';
export { freePorts } from './ports.js';
export { identityOf, isRunning, type ProcessIdentity } from './process-identity.js';
export { endCrashedRuns } from './run-record.js';
export { listens } from './probes.js';
export { type Survey, survey } from './survey.js';
export { KAFKA_VERSION } from './kafka-installation.js';
