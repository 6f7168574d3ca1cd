import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Processes, type ServiceProcess } from '../recovery/processes.js';

const processes = new Processes({ KAFKA_BROKERS: inject('brokers').join(',') });
afterAll(() => processes.end());

describe('ingest refuses to start with bad configuration, names every variable and says what to write', () => {
  const wrong = {
    KAFKA_BROKERS: 'kafka',
    KAFKA_SSL: 'yes',
    KAFKA_SESSION_TIMEOUT_MS: 'soon',
    ROLLCAST_PREFIX: 'a b',
    ROLLCAST_PREFX: 'x',
    PORT: '70000',
    LOG_LEVEL: 'loud',
  };
  let ingest: ServiceProcess;
  beforeAll(async () => {
    ingest = processes.start('ingest', wrong);
    await ingest.ended;
  });

  test('with code 1, all problems at once and nothing else', async () => {
    expect(await ingest.ended).toBe(1);
    expect(ingest.log.trimEnd().split('\n')).toHaveLength(Object.keys(wrong).length);
  });

  test.each([
    ['KAFKA_BROKERS', /found "kafka"; write host:port of each broker, with commas/],
    ['KAFKA_SSL', /found "yes"; write true or false/],
    ['KAFKA_SESSION_TIMEOUT_MS', /found "soon"; write a whole number from 1000 to 300000 \(milliseconds\)/],
    ['ROLLCAST_PREFIX', /found "a b"; write letters, digits/],
    ['ROLLCAST_PREFX', /no such variable; write ROLLCAST_PREFIX/],
    ['PORT', /found "70000"; write a whole number from 0 to 65535/],
    ['LOG_LEVEL', /found "loud"; write one of trace, debug/],
  ] as const)('%s', (variable, says) => {
    const line = ingest.log.split('\n').find((one) => one.includes(`${variable}: `));
    expect(line).toMatch(says);
  });
});

test.each<readonly [string, Record<string, string>, RegExp]>([
  ['no broker', { KAFKA_BROKERS: '' }, /KAFKA_BROKERS: not set; write host:port of each broker/],
  [
    'a password without a user',
    { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'hunter2' },
    /KAFKA_SASL_USERNAME: write it too/,
  ],
  ['a foreign address', { HOST: '203.0.113.1' }, /HOST: 203\.0\.113\.1 is no address of this machine; write/],
])('ingest refuses to start with %s, and shows no secret', async (_, environment, says) => {
  const ingest = processes.start('ingest', environment);
  expect(await ingest.ended).toBe(1);
  expect(ingest.log).toMatch(says);
  expect(ingest.log).not.toContain('hunter2');
  expect(ingest.log).not.toMatch(/^\s+at /m);
});
