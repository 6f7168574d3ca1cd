import { createLogger, Health, Metrics, Shutdown } from '#platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../test/until.js';
import { KafkaClient } from './client.js';
import { runnerIndication, serveProducer, serveRunner, serveTable } from './runner-service.js';
import { countingTask } from './testing/counting-task.js';

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

test.each([
  ['running', null, 'up', undefined],
  ['starting', null, 'waiting', /opened/],
  ['waiting', 'BROKER_UNAVAILABLE: gone', 'waiting', /gone/],
  ['stopped', 'CHANGELOG_LOST: empty', 'down', /CHANGELOG_LOST/],
  ['stopped', null, 'down', /stopped/],
] as const)('a runner that is %s (%s) is %s for health', (state, reason, status, detail) => {
  const indication = runnerIndication({ state, reason, since: 0 });
  expect(indication.status).toBe(status);
  if (detail === undefined) expect(indication.detail).toBeUndefined();
  else expect(indication.detail).toMatch(detail);
});
