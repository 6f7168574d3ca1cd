import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cacheFolder } from './cache-folder.js';
import { freePorts } from './ports.js';
import { kafkaAnswers, listens, redisAnswers } from './probes.js';
import { parseBrokers, parseRedisUrl, type Address } from './source.js';
import { startServers, type Servers } from './start-servers.js';

/** Sends one command to a Redis and reads the first bytes of its answer. */
async function redisSays({ host, port }: Address, command: string): Promise<string> {
  const socket = connect({ host, port });
  socket.write(`${command}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
}

test('the servers of this test run answer, and it was said where they come from', async () => {
  const [kafka] = parseBrokers(inject('brokers').join(','));
  const redis = parseRedisUrl(inject('redisUrl'));
  expect(await listens(kafka?.host ?? '', kafka?.port ?? 0)).toBe(true);
  expect(await listens(redis.host, redis.port)).toBe(true);
  expect(inject('serversSaid')).toEqual([
    expect.stringMatching(/^Kafka: \S+ .*\(.+\)$/),
    expect.stringMatching(/^Redis: \S+ .*\(.+\)$/),
  ]);
});

describe('local servers', () => {
  let servers: Servers;
  let kafka: Address;
  let redis: Address;
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rollcast-kept-'));
    servers = await startServers({ only: 'local', persistent: folder });
    const [broker] = parseBrokers(servers.kafka.brokers.join(','));
    if (broker === undefined) throw new Error('no broker');
    kafka = broker;
    redis = parseRedisUrl(servers.redis.url);
  });
  afterAll(async () => {
    await servers?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a killed Redis is gone; restarted it has the same port and data', async () => {
    expect(await redisSays(redis, 'SET kept yes')).toMatch(/^\+OK/);
    // The append-only file is written before the answer; only a power cut could lose its last second.
    await servers.killRedis();
    expect(await listens(redis.host, redis.port)).toBe(false);
    await servers.restartRedis();
    expect(await redisSays(redis, 'GET kept')).toContain('yes');
  });

  test('Redis keeps an append-only file and evicts nothing', async () => {
    expect(await redisSays(redis, 'CONFIG GET appendonly')).toContain('yes');
    expect(await redisSays(redis, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
  });

  test('a killed broker is gone; restarted it answers on the same port from the same data', async () => {
    const before = readdirSync(join(folder, 'kafka'));
    await servers.killKafka();
    expect(await listens(kafka.host, kafka.port)).toBe(false);
    await servers.restartKafka();
    expect(await kafkaAnswers(kafka.host, kafka.port)).toBe(true);
    expect(readdirSync(join(folder, 'kafka'))).toEqual(expect.arrayContaining(before));
  });

  test('stop leaves no process and no run folder, and keeps the named data folder', async () => {
    const runs = join(cacheFolder(), 'runs');
    const mine = readdirSync(runs).filter((name) => name.startsWith(`${process.pid}-`));
    expect(mine).toHaveLength(1);
    await servers.stop();
    await servers.stop();
    expect(
      await Promise.all([listens(kafka.host, kafka.port), redisAnswers(redis.host, redis.port)]),
    ).toEqual([false, false]);
    expect(readdirSync(runs).filter((name) => name.startsWith(`${process.pid}-`))).toEqual([]);
    expect(existsSync(join(folder, 'kafka', 'meta.properties'))).toBe(true);
  });
});

describe('configured servers', () => {
  test('are used as they are, and are not ours to kill', async () => {
    const somebody = createServer().listen(0, '127.0.0.1');
    await once(somebody, 'listening');
    const { port } = somebody.address() as { port: number };
    const servers = await startServers({
      env: { KAFKA_BROKERS: `127.0.0.1:${port}`, REDIS_URL: `redis://u:hunter2@127.0.0.1:${port}` },
    });
    expect(servers.kafka).toMatchObject({ source: 'configured', brokers: [`127.0.0.1:${port}`] });
    expect(servers.redis.url).toContain('hunter2');
    expect(servers.redis.describe).toBe(`Redis: redis://u:***@127.0.0.1:${port} (from REDIS_URL)`);
    await expect(servers.killKafka()).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await servers.stop();
    expect(await listens('127.0.0.1', port)).toBe(true);
    somebody.close();
  });

  test('that nobody answers for are refused with the name of the variable', async () => {
    const [port = 0] = await freePorts(1);
    const env = { KAFKA_BROKERS: `127.0.0.1:${port}`, REDIS_URL: `redis://127.0.0.1:${port}` };
    await expect(startServers({ env })).rejects.toThrow(/REDIS_URL is .* nothing listens there/);
  });
});
