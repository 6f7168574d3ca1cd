/** @file kafkajs' log lines on a logger that is given in.
 *
 *  Law: what kafkajs retries by itself in every healthy transaction is no error: it goes to `debug`. */
import type { LogEntry, logCreator } from 'kafkajs';
import { kafkajs } from './kafkajs.js';

/** The least that this library needs of a logger. */
export interface KafkaLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** For tests and short commands. */
export const silentLogger: KafkaLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const { logLevel } = kafkajs;

/** These only narrate what is then thrown to a caller of ours, or retried: our supervision says it once. */
const NARRATORS = new Set(['Connection', 'ConnectionPool', 'BrokerPool', 'Cluster']);

/** Each of these belongs to normal life: the transaction before this one is still being written to the log; a
 *  member joins again; a coordinator is loading after a restart. */
const NOISE =
  /concurrent (transaction|operation)|rebalancing|re-joining|coordinator|Crash:|Caught error when disconnecting|Limiting retries|Failed to send messages|old epoch/i;

/** Where a line of kafkajs belongs: its pause and join chatter at `debug`, its noise too. */
export function levelOf(line: {
  readonly level: LogEntry['level'];
  readonly namespace: string;
  readonly text: string;
}): keyof KafkaLogger {
  if (NARRATORS.has(line.namespace) || NOISE.test(line.text)) return 'debug';
  if (line.level === logLevel.ERROR) return 'error';
  if (line.level === logLevel.WARN) return 'warn';
  return 'debug';
}

/** A kafkajs log creator that writes to ours. */
export function logTo(logger: KafkaLogger): logCreator {
  return () => (entry) => {
    const { level, namespace } = entry;
    const { message, timestamp: _timestamp, logger: _name, ...fields } = entry.log;
    const text = `${message} ${typeof fields['error'] === 'string' ? fields['error'] : ''}`;
    logger[levelOf({ level, namespace, text })](`kafkajs ${namespace}: ${message}`, fields);
  };
}
