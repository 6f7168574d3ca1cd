import { kafkajs } from './kafkajs.js';
import { expect, test } from 'vitest';
import { levelOf, logTo, type KafkaLogger } from './kafka-logger.js';

const { logLevel } = kafkajs;
const CONCURRENT =
  'Failed to send messages: The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing';

test.each([
  ['what every healthy transaction meets', logLevel.ERROR, 'Producer', CONCURRENT, 'debug'],
  [
    'what a connection narrates before it throws',
    logLevel.ERROR,
    'Connection',
    'Connection error: ECONNREFUSED',
    'debug',
  ],
  ['a rebalance', logLevel.WARN, 'Runner', 'The group is rebalancing, re-joining', 'debug'],
  ['chatter', logLevel.INFO, 'ConsumerGroup', 'Pausing fetching from 1 topics', 'debug'],
  ['a real error', logLevel.ERROR, 'Consumer', 'Offset out of range, resetting to default offset', 'error'],
  ['a warning', logLevel.WARN, 'ConsumerGroup', 'Consumer group received unsubscribed topics', 'warn'],
] as const)('%s', (_name, level, namespace, text, expected) => {
  expect(levelOf({ level, namespace, text })).toBe(expected);
});

test('a line arrives with its fields and without the noise of kafkajs', () => {
  const lines: unknown[] = [];
  const keep = (level: string) => (message: string, fields?: object) => lines.push([level, message, fields]);
  const logger: KafkaLogger = {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
  };
  const log = { timestamp: 'now', message: 'gone', logger: 'kafkajs', groupId: 'g' };
  logTo(logger)(logLevel.INFO)({ namespace: 'Consumer', level: logLevel.ERROR, label: 'ERROR', log });
  expect(lines).toEqual([['error', 'kafkajs Consumer: gone', { groupId: 'g' }]]);
});
