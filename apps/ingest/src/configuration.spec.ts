import { expect, test } from 'vitest';
import { ROLLCAST_VARIABLES } from '#kafka';
import { readEnvironment } from '#platform';
import { INGEST_ENVIRONMENT } from './configuration.js';

test('ingest passes over what only the other services read, and refuses what none does', () => {
  const all = Object.fromEntries(ROLLCAST_VARIABLES.map((name) => [name, 'x']));
  const read = (more: object = {}) =>
    readEnvironment(INGEST_ENVIRONMENT, { ...all, KAFKA_BROKERS: 'one:9092', ...more });
  expect(read().kafka.prefix).toBe('x');
  expect(() => read({ ROLLCAST_MODEL_STOR: 'x' })).toThrow(/no such variable; write ROLLCAST_MODEL_STORE/);
});
