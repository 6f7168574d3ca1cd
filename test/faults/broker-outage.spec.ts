import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyTopics, CompactedTable, deleteTopics } from '#kafka';
import { type Servers, startServers } from '#local';
import { BrokerWorld, PARTITIONS } from '../recovery/broker-world.js';
import { disturbedReadings, MILL } from '../recovery/disturbed-readings.js';
import { forwardedIn, ingestTwin } from '../recovery/ingest-twin.js';
import { Processes } from '../recovery/processes.js';
import { assertSameLog, readLog } from '../recovery/same-log.js';
import { scrape, sumOf } from '../recovery/scrape.js';
import { until } from '../until.js';

/** As many as a broker that has served for a while holds: its recovery takes long, and elections after it too. */
const FILLERS = Array.from({ length: 10 }, (_, index) => `filler-${index}`);
const FILLER_PARTITIONS = 100;

/** A broker that had to recover a thousand logs, on two busy cores. */
const PATIENCE_MS = 150_000;

let servers: Servers;
let world: BrokerWorld;
let processes: Processes;
let table: CompactedTable;

beforeAll(async () => {
  servers = await startServers({ only: 'local', signals: 'leave' });
  world = await BrokerWorld.make(servers.kafka.brokers);
  const plans = FILLERS.map((name) => ({ name, partitions: FILLER_PARTITIONS, configs: {} }));
  await applyTopics(world.client, world.admin, plans);
  for (const topic of FILLERS) {
    const partitions = Array.from({ length: FILLER_PARTITIONS }, (_, partition) => partition);
    await world.send(partitions.map((partition) => ({ topic, partition, key: null, value: 'x' })));
  }
  await world.define(MILL);
  table = new CompactedTable(world.client, { topic: 'streams' });
  processes = new Processes(world.environment);
});

afterAll(async () => {
  await processes.end();
  await table.stop();
  await deleteTopics(world.client, world.admin, FILLERS).catch(() => undefined);
  await world.close();
  await servers.stop();
});

test(
  'two SIGKILLs of a broker with a thousand partitions: the services wait, say so, go on; nothing lost or doubled',
  async () => {
    processes.showLogsOnFailure();
    await table.ready();
    const living = [processes.start('ingest'), processes.start('ingest')];
    await Promise.all(living.map((one) => one.ready()));
    const source = disturbedReadings(3, PARTITIONS);
    const send = (count: number) =>
      world.producer.send(
        Array.from({ length: count }, () => source.next().value),
        { deadlineMs: PATIENCE_MS },
      );
    const done = async () => {
      const all = await Promise.all(living.map(({ url }) => scrape(url)));
      return all.reduce((sum, samples) => sum + sumOf(samples, 'rollcast_input_records_total'), 0);
    };

    for (const outage of [1, 2]) {
      // In the middle of work: readings are on their way when the broker dies.
      const before = await done();
      const sending = send(2_000);
      await until('some of them are done', async () => (await done()) > before);
      await servers.killKafka();
      for (const one of living) {
        await until(`${one.name} says that it waits`, async () => {
          const { status, text } = await one.health();
          return status === 503 && text.includes('BROKER_UNAVAILABLE');
        });
        // Alive all the same: a restart of the service would help nobody.
        expect((await fetch(`${one.url}/health/live`)).status).toBe(200);
      }
      await servers.restartKafka();
      await Promise.all(living.map((one) => one.ready(PATIENCE_MS)));
      await sending;
      const policy = { ...MILL, expireAfter: `${30 + outage}d` };
      await world.producer.send([{ topic: 'streams', key: 'mill', value: JSON.stringify(policy) }], {
        deadlineMs: PATIENCE_MS,
      });
      await table.catchUp();
      expect(table.get('mill')?.toString()).toContain(`"${30 + outage}d"`);
    }

    // By the group's offsets: a commit that the dying broker never answered was counted by nobody.
    await until('all is read', () => world.isThrough('ingest', 'readings'), PATIENCE_MS);
    const found = await readLog(world.client, ['readings', 'frames', 'readings.dead']);
    const readings = found.get('readings') ?? [];
    expect(readings.flat().length).toBeGreaterThanOrEqual(4_000);
    const twin = await ingestTwin(readings, [MILL]);
    assertSameLog(twin.log, found);
    assertSameLog(twin.forwarded, forwardedIn(readings));
    // An orderly end, in time, needs no broker: what is not committed is in the log.
    await servers.killKafka();
    expect(await Promise.all(living.map((one) => one.stop()))).toEqual([0, 0]);
  },
  2 * PATIENCE_MS + 120_000,
);
