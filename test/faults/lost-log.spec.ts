import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { applyTopics, deleteTopics } from '#kafka';
import { BrokerWorld, PARTITIONS } from '../worlds/broker-world.js';
import { disturbedReadings, MILL } from '../worlds/disturbed-readings.js';
import { Processes } from '../worlds/processes.js';
import { until } from '../until.js';

let world: BrokerWorld;
let processes: Processes;
beforeAll(async () => {
  world = await BrokerWorld.make(inject('brokers'));
  processes = new Processes(world.environment);
});
afterAll(async () => {
  await processes.end();
  await world.close();
});

test('a lost changelog ends the service with code 1 and says which one: it never starts empty', async () => {
  processes.showLogsOnFailure();
  const first = await processes.start('ingest').ready();
  await world.define(MILL);
  const source = disturbedReadings(1, PARTITIONS);
  await world.send(Array.from({ length: 500 }, () => source.next().value));
  await until('all is read', () => world.isThrough('ingest', 'readings'));
  expect(await first.stop()).toBe(0);

  const { client, admin } = world;
  const gone = async () => !(await admin.topicNames()).includes('ingest.state');
  await deleteTopics(client, admin, ['ingest.state']);
  await until('the changelog is gone', gone);
  await applyTopics(client, admin, [{ name: 'ingest.state', partitions: PARTITIONS, configs: {} }]);

  const second = processes.start('ingest');
  expect(await second.ended).toBe(1);
  expect(second.log).toMatch(/CHANGELOG_LOST: changelog ingest\.state, partition \d is empty/);
});
