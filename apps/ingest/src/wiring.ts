/** @file What the controllers of ingest need of the world, and under which tokens they get it.
 *
 *  Law: a controller sees functions only; that Kafka is behind them is the module's business. */

/** Publishes records: a `RecordSink` of `#kafka`. */
export const RECORD_SINK = Symbol('RecordSink');

/** The HTTP adapter must take bodies of this size: 10,000 readings. */
export const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
