import { createServer } from 'node:net';
import { type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { fail, findings, ok } from './check.js';
import { nodeCheck, portsCheck, portsOfUp, programCheck, PROGRAMS } from './machine-checks.js';
import { kafkaCheck, redisCheck } from './server-checks.js';

const NOWHERE = { brokers: ['127.0.0.1:1'], clientId: 'spec' };

test.each([
  ['20.19.0', 'ok'],
  ['20.18.9', 'fail'],
  ['21.7.0', 'fail'],
  ['22.11.0', 'fail'],
  ['22.12.0', 'ok'],
  ['24.0.0', 'ok'],
])('Node %s is %s', async (version, status) => {
  expect(await nodeCheck(version).ask()).toMatchObject({ status });
});

describe('a server that does not answer', () => {
  test('is a failure where it was configured, with the variable', async () => {
    expect(await kafkaCheck(NOWHERE, true).ask()).toMatchObject({
      status: 'fail',
      advice: expect.stringContaining('KAFKA_BROKERS') as string,
    });
    const redis = await redisCheck('redis://me:hush@127.0.0.1:1', true).ask();
    expect(redis).toMatchObject({ status: 'fail', advice: expect.stringContaining('REDIS_URL') as string });
    expect(redis.detail).not.toContain('hush');
  });

  test('is none where nobody named it: it will be started', async () => {
    expect((await redisCheck('redis://127.0.0.1:1', false).ask()).status).toBe('ok');
  });
});

test('a program that is missing matters only where local servers would be started', async () => {
  const [java] = PROGRAMS;
  const absent = { ...(java as (typeof PROGRAMS)[number]), command: 'no-such-program' };
  expect(await programCheck(absent, false).ask()).toMatchObject({ status: 'ok' });
  expect((await programCheck(absent, true).ask()).status).not.toBe('ok');
  const node = { ...absent, command: process.execPath, args: ['--version'], version: /v(\S+)/, atLeast: 20 };
  expect(await programCheck(node, true).ask()).toEqual({ status: 'ok', detail: process.versions.node });
  expect((await programCheck({ ...node, atLeast: 999 }, true).ask()).detail).toContain('999 is needed');
});

test('ports of servers that are configured do not matter; one that is taken is named', async () => {
  expect(portsOfUp({ kafka: true, redis: true })).toEqual([3000, 3001, 3002, 3003]);
  expect(portsOfUp({ kafka: false, redis: false })).toHaveLength(7);
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  expect((await portsCheck([port]).ask()).detail).toBe(`${port} are in use`);
  await new Promise((resolve) => server.close(resolve));
  expect((await portsCheck([port]).ask()).status).toBe('ok');
});

test('a check that throws is a failure, and the others are still heard', async () => {
  const found = await findings([
    { name: 'a', ask: () => Promise.reject(new Error('broken')) },
    { name: 'b', ask: async () => ok('well') },
  ]);
  expect(found[0]).toMatchObject({ name: 'a', ...fail('broken', 'this is not expected: please report it') });
  expect(found[1]).toMatchObject({ name: 'b', status: 'ok' });
});
