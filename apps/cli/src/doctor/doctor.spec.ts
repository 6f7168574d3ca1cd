import { createServer } from 'node:net';
import { type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { fail, findings, ok } from './check.js';
import { survey, type Survey } from '#local';
import { containerCheck, portsCheck, programsCheck } from './machine-checks.js';
import { portsOfUp } from '../ports.js';
import { kafkaCheck, redisCheck } from './server-checks.js';

const NOWHERE = { brokers: ['127.0.0.1:1'], clientId: 'spec' };

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

describe('programs of local servers', () => {
  const here: Survey['programs'][number] = {
    need: 'redis',
    server: 'redis',
    what: 'redis-server, 7.0 or newer',
    version: '7.0.15',
    plan: { kind: 'nothing' },
  };
  const java = { need: 'java', server: 'kafka', what: 'a Java runtime', version: null } as const;
  const byHand = { ...java, plan: { kind: 'tell', problem: 'install Java' } } as const;
  const byApt = { ...java, plan: { kind: 'install', packages: ['jre'] } } as const;
  test.each([
    ['are there', here, false, false, 'ok', undefined],
    ['are not needed: Kafka is configured', byHand, false, true, 'ok', undefined],
    ['are brought by apt', byApt, false, false, 'warn', /apt/],
    ['are missing, and the demo takes containers', byHand, true, false, 'warn', /demo does without/],
    ['are missing', byHand, false, false, 'fail', /^install Java$/],
  ])('that %s', async (_, program, containers, kafka, status, advice) => {
    const machine = Promise.resolve({ containers, programs: [program] });
    const found = await programsCheck(machine, { kafka, redis: false }).ask();
    expect(found.status).toBe(status);
    if (advice !== undefined) expect(found.advice).toMatch(advice);
    expect((await containerCheck(machine).ask()).detail).toMatch(containers ? /^a runtime/ : /^no runtime/);
  });

  test('of this machine are what a start would take', async () => {
    const { programs } = await survey({});
    expect(programs.map(({ need }) => need)).toEqual(expect.arrayContaining(['java', 'redis']));
    for (const { version, plan } of programs) expect(plan.kind === 'nothing').toBe(version !== null);
  });
});

test('ports of servers that are configured do not matter; one that is taken is named', async () => {
  expect(portsOfUp({ kafka: true, redis: true }).map(({ port }) => port)).toEqual([3000, 3001, 3002, 3003]);
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
