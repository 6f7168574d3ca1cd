/** @file Files that people replay, through the command line as it was built, into running services: a CSV that cannot be
 *  read, and one that was replayed before. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Proxy, startProxy } from '../../apps/cli/src/proxy.js';
import { BrokerWorld } from '../worlds/broker-world.js';
import { inheritedEnvironment, Processes, scriptOf } from '../worlds/processes.js';
import { readLog } from '../worlds/same-log.js';
import { until } from '../until.js';

let world: BrokerWorld;
let processes: Processes;
let rollcast: Proxy;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcast-replays-'));
  world = await BrokerWorld.make(inject('brokers'));
  processes = new Processes(world.environment);
  const predictor = processes.start('predictor', { ROLLCAST_MODEL_STORE: folder });
  const ingest = await processes.start('ingest').ready();
  await predictor.ready();
  // No path of the trainer is asked for.
  const services = { ingest: ingest.url, trainer: ingest.url, predictor: predictor.url };
  rollcast = await startProxy(services, { host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await rollcast.close();
  await processes.end();
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

/** Writes the rows to a file and replays it. */
async function replay(
  rows: readonly string[],
  ...options: string[]
): Promise<{ code: number | null; said: string }> {
  const file = join(folder, 'tide.csv');
  await writeFile(file, `${rows.join('\n')}\n`);
  const child = spawn(
    process.execPath,
    [scriptOf('cli'), 'replay', file, '--url', rollcast.url, '--create', ...options],
    { env: { ...inheritedEnvironment(), ...world.environment }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { said: await text(child.stderr), code: await ended };
}

const HEADER = 'station,time,level';
const SOUND = ['Aux,2013-01-01 00:00,1.5', 'Aux,2013-01-01 01:00,1.25', 'Aux,2013-01-01 02:00,'];
const published = async () => ((await readLog(world.client, ['readings'])).get('readings') ?? []).flat();

test.each([
  ['a time that is none', 'Aux,noon,1', /line 5, column time: "noon" is no time/],
  ['a row that is too short', 'Aux', /line 5, column 2: the row has 1 cells, the header has 3/],
])(
  'BAD_CSV: %s is refused with its line and column, and nothing of the file is published',
  async (_, bad, place) => {
    const { code, said } = await replay([HEADER, ...SOUND, bad]);
    expect(said).toMatch(place);
    expect(code).toBe(1);
    expect(await published()).toEqual([]);
  },
);

test('already published: a second replay of a file says so, publishes nothing and makes no dead letters', async () => {
  const rows = [HEADER, ...SOUND];
  const first = await replay(rows);
  expect(first.said).toContain('3 readings published');
  expect(first.code).toBe(0);
  const before = await published();
  expect(before).toHaveLength(4);
  const again = await replay(rows);
  expect(again.said).toContain('already published: all 3 readings');
  expect(again.code).toBe(0);
  expect(await published()).toEqual(before);
  await until('all is read', () => world.isThrough('ingest', 'readings'));
  expect((await readLog(world.client, ['readings.dead'])).get('readings.dead')?.flat()).toEqual([]);
});

test('already published: were it published again all the same, it would be dead letters', async () => {
  expect(await replay([HEADER, ...SOUND], '--force')).toMatchObject({ code: 0 });
  await until('all is read', () => world.isThrough('ingest', 'readings'));
  expect((await readLog(world.client, ['readings.dead'])).get('readings.dead')?.flat()).not.toEqual([]);
});
