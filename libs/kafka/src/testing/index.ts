/** @file What specs of others use of this library: the log in memory, and a task run over it. Imported as
 *  `#kafka/testing`, which is there from the sources only: no service can have it. */
export { expectSameUnderAnyCut, firstDifference, seededRandom } from './any-cut.js';
export { InMemoryLog } from './in-memory-log.js';
export { pump } from './pump.js';
