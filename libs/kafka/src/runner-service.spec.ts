import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createLogger, Health, Metrics, Shutdown } from '#platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../test/until.js';
import { KafkaClient } from './client.js';
import { runnerIndication, serveProducer, serveRunner, serveTable } from './runner-service.js';
import { SupervisedConsumer } from './supervised-consumer.js';
import { countingTask } from './testing/counting-task.js';

const SHAPE = {
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  heartbeatMs: 1_000,
  maxBytesPerPartition: 1 << 20,
  maxBytes: 10 << 20,
  maxWaitMs: 50,
};
const task = countingTask({ inputTopic: 'in', outputTopic: 'out', changelogTopic: 'changelog' });

describe('a service whose Kafka is not there', () => {
  const lines: string[] = [];
  const exits: number[] = [];
  let platform: ReturnType<typeof makePlatform>;
  let client: KafkaClient;

  function makePlatform() {
    const logger = createLogger({ name: 'try', write: (line) => lines.push(line) });
    const health = new Health();
    const ending = { on: () => undefined, exit: (code: number) => void exits.push(code) };
    return { logger, health, metrics: new Metrics('try'), shutdown: new Shutdown(health, logger, ending) };
  }

  beforeEach(() => {
    lines.length = exits.length = 0;
    platform = makePlatform();
    // Nothing listens on port 1.
    const settings = { brokers: ['127.0.0.1:1'], clientId: 'try', connectionTimeoutMs: 500 };
    client = new KafkaClient(settings, platform.logger);
  });
  afterEach(() => platform.shutdown.begin('the test is over'));

  const saying = (name: string, what: RegExp) =>
    until(`health says ${String(what)} of ${name}`, async () => {
      const indication = (await platform.health.ready()).indicators[name];
      return what.test(indication?.detail ?? '') && indication;
    });

  test('is up at once, says what it waits for, shows its metrics, and ends in order', async () => {
    serveProducer(platform, client);
    const table = serveTable(platform, client, { topic: 'streams' });
    serveRunner(platform, { client, task, groupId: 'g', after: [table] });
    expect((await platform.health.ready()).indicators).toMatchObject({
      partitions: { status: 'waiting', detail: 'the partitions are being opened' },
      'topic streams': { status: 'waiting', detail: 'it is being read' },
    });
    const { status } = await saying('topic streams', /^BROKER_UNAVAILABLE: Kafka does not answer/);
    expect(status).toBe('waiting');
    const text = await platform.metrics.registry.metrics();
    expect(text).toContain('rollcast_partitions_owned{service="try"} 0');
    expect(text).toContain('rollcast_input_records_total{service="try"} 0');
    await platform.shutdown.begin('enough');
    expect(exits).toEqual([0]);
  });

  test('has a runner that waits too, once it was started', async () => {
    serveRunner(platform, { client, task, groupId: 'g' });
    await saying('partitions', /^BROKER_UNAVAILABLE/);
    expect(lines.filter((line) => line.includes('partitions wait: BROKER_UNAVAILABLE'))).toHaveLength(1);
  });
});

describe('a service whose Kafka takes connections and never answers', () => {
  const sockets = new Set<Socket>();
  let silent: Server;
  beforeEach(async () => {
    silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    sockets.forEach((socket) => socket.destroy());
    sockets.clear();
    silent.close();
  });

  test('ends in order and in time, however many consumers it has', async () => {
    const exits: number[] = [];
    const lines: string[] = [];
    const logger = createLogger({ name: 'try', pretty: false, write: (line) => lines.push(line) });
    const health = new Health();
    const ending = { on: () => undefined, exit: (code: number) => void exits.push(code) };
    const platform = {
      logger,
      health,
      metrics: new Metrics('try'),
      shutdown: new Shutdown(health, logger, ending),
    };
    const { port } = silent.address() as AddressInfo;
    const client = new KafkaClient({ brokers: [`127.0.0.1:${port}`], clientId: 'try' }, logger);
    for (const topic of ['streams', 'models', 'predictor.state']) serveTable(platform, client, { topic });
    serveRunner(platform, { client, task, groupId: 'g' });
    const consumer = new SupervisedConsumer(
      client,
      { ...SHAPE, groupId: 'alone' },
      { topics: ['in'], onJoin: () => undefined, onBatch: () => null, onDown: () => undefined },
    );
    consumer.start();
    platform.shutdown.addBeside('a consumer that is connecting', () => consumer.stop());
    await until('everybody has called', () => sockets.size >= 5);
    await platform.shutdown.begin('enough');
    expect(exits).toEqual([0]);
    expect(lines.join('')).not.toContain('did not stop');
  }, 20_000);
});

test.each([
  ['running', null, 'up', undefined],
  ['starting', null, 'waiting', /opened/],
  ['waiting', 'BROKER_UNAVAILABLE: gone', 'waiting', /gone/],
  ['stopped', 'CHANGELOG_LOST: empty', 'down', /CHANGELOG_LOST/],
  ['stopped', null, 'down', /stopped/],
] as const)('a runner that is %s (%s) is %s for health', (state, reason, status, detail) => {
  const indication = runnerIndication({ state, reason, since: 0 }, [{ partition: 1, open: true }]);
  expect(indication.status).toBe(status);
  if (detail === undefined) expect(indication.detail).toBeUndefined();
  else expect(indication.detail).toMatch(detail);
});

test('a runner with a partition that is being restored is not ready, and says which', () => {
  const partitions = [0, 1, 2].map((partition) => ({ partition, open: partition === 1 }));
  expect(runnerIndication({ state: 'running', reason: null, since: 0 }, partitions)).toEqual({
    status: 'waiting',
    detail: 'being restored: partitions 0, 2',
  });
});
