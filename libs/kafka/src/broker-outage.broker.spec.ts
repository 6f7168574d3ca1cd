import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServers, type Servers } from '#local';
import { CompactedTable } from './compacted-table.js';
import { BrokerBench, COUNTING_TOPICS, until } from './testing/broker-bench.js';
import { CountingFleet } from './testing/counting-fleet.js';

/** As many as a broker that has served for a while holds: its recovery takes long, and elections after it too. */
const FILLER_TOPICS = 10;
const FILLER_PARTITIONS = 100;

/** A broker that had to recover a thousand logs, on two shared cores. */
const PATIENCE_MS = 150_000;

let servers: Servers;
let b: BrokerBench;
let fleet: CountingFleet;
let table: CompactedTable;

beforeAll(async () => {
  servers = await startServers({ only: 'local', signals: 'leave' });
  b = new BrokerBench(servers.kafka.brokers);
  const fillers = Array.from({ length: FILLER_TOPICS }, (_, index) => `filler-${index}`);
  await b.topics(fillers, [], FILLER_PARTITIONS);
  for (const topic of fillers) {
    const records = Array.from({ length: FILLER_PARTITIONS }, (_, partition) => ({
      topic,
      partition,
      key: null,
      value: 'x',
    }));
    await b.producer.send(records);
  }
  await b.countingTopics();
  await b.topics(['table'], ['table'], 1);
  fleet = new CountingFleet({
    ...COUNTING_TOPICS,
    brokers: b.brokers,
    prefix: b.prefix,
    groupId: 'fleet',
    sessionTimeoutMs: 4_000,
  });
  table = new CompactedTable(b.client, { topic: 'table' });
});

afterAll(async () => {
  await fleet.end();
  await table.stop();
  await b.close();
  await servers.stop();
});

test(
  'two SIGKILLs of a broker with a thousand partitions: everybody waits, says so, goes on; nothing lost or doubled',
  async () => {
    await table.ready();
    const children = [fleet.start(), fleet.start()];
    let sent = 0;
    const send = async (count: number) => {
      await b.sendCounting(sent, count);
      sent += count;
    };
    await send(500);
    await until('both run', () => children.every(({ state }) => state === 'running'), 60_000);
    await until('the first records are counted', () => fleet.records >= 500, 60_000);

    for (const outage of [1, 2]) {
      // In the middle of work: records are on their way when the broker dies.
      const before = fleet.records;
      const sending = send(2_000);
      await until('some of them are counted', () => fleet.records > before, 60_000);
      await servers.killKafka();
      await until(
        'both say that they wait',
        () => children.every(({ state }) => state === 'waiting'),
        60_000,
      );
      await servers.restartKafka();
      await until('both run again', () => children.every(({ state }) => state === 'running'), PATIENCE_MS);
      await sending;
      await b.producer.send([{ topic: 'table', key: 'outage', value: String(outage) }], {
        deadlineMs: PATIENCE_MS,
      });
      await table.catchUp();
      expect(table.get('outage')?.toString()).toBe(String(outage));
    }

    // By the group's offsets: a commit that the dying broker never answered was counted by nobody.
    await until('nothing waits', () => b.noLag('fleet'), PATIENCE_MS);
    expect(await b.countingDifference()).toBeNull();
    expect(children.every(({ child }) => child.exitCode === null)).toBe(true);
  },
  2 * PATIENCE_MS + 120_000,
);
