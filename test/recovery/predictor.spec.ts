/** @file The predictor is killed in the middle of its work, before, during and after two switches of the model, and
 *  nothing shows.
 *
 *  What equality means. The frames are given. The one thing that timing decides is at which frame a partition goes over
 *  to a new version, and that stands in the switch records of the topic `models`. The undisturbed run (in memory, the
 *  same task) is given both; then `forecasts`, `evaluations` and `frames.dead` equal, byte for byte per partition. The
 *  second version is a CMamba network, so that recurrent states are thrown away and rebuilt by replay. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { COLD_START_VERSION, type Evaluation, Forecast, Frame } from '#contracts';
import { CompactedTable, type InputRecord, type OutputRecord } from '#kafka';
import { seededRandom } from '#kafka/testing';
import { BrokerWorld, PARTITIONS } from './broker-world.js';
import { disturbedFrames, PLANT } from './disturbed-frames.js';
import { modelRecords, PREDICTOR_OUTPUTS, predictorTwin } from './predictor-twin.js';
import { Processes, type ServiceProcess } from './processes.js';
import { assertSameLog, logDifference, readLog } from './same-log.js';
import { scrape, sumOf } from './scrape.js';
import { until } from '../until.js';
import { announce, plainVersion, tinyNetwork } from './versions.js';

const SEED = 11;
/** Kills before, during and after each switch. */
const BEFORE = 2;
const DURING = 3;
const AFTER = 2;
const KILLS = BEFORE + 2 * (DURING + AFTER);
/** Frames that are sent at once when the victim has worked off what it had; twice as many each time that it was too
 *  quick to be met at work, up to the most. */
const CHUNK = 100;
const LARGEST_CHUNK = 3_200;

describe('the predictor killed in the middle', () => {
  let world: BrokerWorld;
  let store: string;
  let found: ReadonlyMap<string, readonly (readonly InputRecord[])[]>;
  const versions: string[] = [];
  const all = (topic: string) => (found.get(topic) ?? []).flat();
  const parsed = <T>(topic: string) => all(topic).map(({ value }) => JSON.parse(String(value)) as T);
  const given = () => ({ frames: found.get('frames') ?? [], definitions: [PLANT], store });

  beforeAll(async () => {
    store = await mkdtemp(join(tmpdir(), 'rollcast-recovery-'));
    world = await BrokerWorld.make(inject('brokers'));
    await world.define(PLANT);
  });
  afterAll(async () => {
    await world.close();
    await rm(store, { recursive: true, force: true });
  });

  test(`predictor: ${KILLS} SIGKILLs around two switches, and forecasts, evaluations and dead letters equal those of an undisturbed run`, async () => {
    const processes = new Processes({ ...world.environment, ROLLCAST_MODEL_STORE: store });
    processes.showLogsOnFailure();
    try {
      versions.push(...(await disturb(world, processes, store)));
    } finally {
      await processes.end();
    }
    found = await readLog(world.client, ['frames', 'models', ...PREDICTOR_OUTPUTS]);
    const twin = await predictorTwin({ ...given(), models: all('models') });
    assertSameLog(twin.log, found);
    const { read = 0, evaluations = 0, forecasts = 0, unknownStream = 0, ...rest } = twin.counts;
    const dead = (rest['dead:LATE'] ?? 0) + (rest['dead:NOT_JSON'] ?? 0);
    expect(read).toBe(all('frames').length);
    expect(evaluations + unknownStream + dead).toBe(read);
    expect(forecasts).toBe(evaluations);
    expect(Math.min(unknownStream, rest['dead:LATE'] ?? 0, rest['dead:NOT_JSON'] ?? 0)).toBeGreaterThan(0);
  }, 300_000);

  test('predictor: every frame of a series has one evaluation and one forecast, and no other has', () => {
    const newest = new Map<string, number>();
    const served: string[] = [];
    for (const { value } of all('frames')) {
      const text = String(value);
      if (!text.endsWith('}}')) continue;
      const { stream, series, time } = Frame.parse(JSON.parse(text));
      const at = Date.parse(time);
      if (stream !== PLANT.stream || at <= (newest.get(series) ?? -Infinity)) continue;
      newest.set(series, at);
      served.push(`${series} ${time}`);
    }
    const forecasts = parsed<Forecast>('forecasts').map(({ series, origin }) => `${series} ${origin}`);
    const evaluations = parsed<Evaluation>('evaluations').map(({ series, time }) => `${series} ${time}`);
    expect(served.length).toBeGreaterThan(1_000);
    expect(forecasts.sort()).toEqual(served.sort());
    expect(evaluations.sort()).toEqual(served);
    for (const forecast of parsed('forecasts')) Forecast.parse(forecast);
  });

  test('predictor: every partition went over to each version once, and each version served in each', () => {
    const said = modelRecords(all('models')).flatMap((one) =>
      one.type === 'switch' || one.type === 'refusal' ? [`${one.version} in ${one.partition}`] : [],
    );
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    const wanted = versions.flatMap((version) => partitions.map((one) => `${version} in ${one}`));
    expect(said.sort()).toEqual(wanted.sort());
    for (const records of found.get('forecasts') ?? []) {
      const served = records.map(({ value }) => Forecast.parse(JSON.parse(String(value))).model.version);
      expect(new Set(served)).toEqual(new Set([COLD_START_VERSION, ...versions]));
    }
  });

  test('predictor: without the switch records the undisturbed run writes something else', async () => {
    const frames = (found.get('frames') ?? []).map((records, partition) => (partition === 0 ? records : []));
    const twin = await predictorTwin({ ...given(), frames, models: [] });
    expect(logDifference(twin.log, found)).toMatch(/^forecasts, partition 0, record \d+: changed/);
  });
});

/** Two processes at work; whoever is drawn is killed as soon as the moment has come.
 *  @returns the versions that were announced */
async function disturb(world: BrokerWorld, processes: Processes, store: string): Promise<string[]> {
  const random = seededRandom(SEED);
  const source = disturbedFrames(SEED);
  const send = (frames = CHUNK) =>
    world.send(Array.from({ length: frames }, (): OutputRecord => source.next().value));
  const living: ServiceProcess[] = [processes.start('predictor'), processes.start('predictor')];
  const worked = () => ({ records: 1 + Math.floor(random() * 200), switches: 0 });
  let kills = 0;
  /** The victim has done something of its own, has more ahead of it, and the moment has come.
   *  @param least records of its own, and partitions that have gone over to the version meanwhile */
  const kill = async (when: string, least: { records: number; switches: number }, version?: string) => {
    const over = () => (version === undefined ? 0 : switched(version));
    const index = Math.floor(random() * living.length);
    const victim = await (living[index] as ServiceProcess).listening();
    let [before, done, ahead, fed, chunk] = [-1, 0, 0, -1, CHUNK];
    await until(`${victim.name} is in the middle of its work, ${when}`, async () => {
      const samples = await scrape(victim.url);
      done = sumOf(samples, 'rollcast_input_records_total');
      ahead = sumOf(samples, 'rollcast_partition_lag');
      if (before < 0) before = done;
      if (done - before >= least.records && ahead > 0 && over() >= least.switches) return true;
      if (ahead === 0 && done > fed && sumOf(samples, 'rollcast_partitions_owned') > 0) {
        fed = done;
        await send(chunk);
        chunk = Math.min(2 * chunk, LARGEST_CHUNK);
      }
      return false;
    });
    const gone = over();
    await victim.kill();
    const moment = version === undefined ? when : `${when} ${version}, in force in ${gone} of ${PARTITIONS}`;
    process.stdout.write(
      `kill ${++kills} (${moment}): ${victim.name}, ${done} records done, ${ahead} ahead of it\n`,
    );
    living[index] = processes.start('predictor');
  };
  const table = new CompactedTable(world.client, { topic: 'models' });
  const switched = (version: string) =>
    [...table.entries()].filter(([key, value]) => key.includes('/switch/') && value.includes(version)).length;

  await table.ready();
  const announced: string[] = [];
  try {
    for (let n = 0; n < BEFORE; n++) await kill('before', worked());
    for (const stored of [plainVersion(PLANT, 'last-value'), tinyNetwork(PLANT, SEED)]) {
      await send();
      const { version } = await announce(world, store, stored);
      announced.push(version);
      // The first as soon as it is announced, the others when so many partitions have gone over.
      for (let n = 0; n < DURING; n++) await kill('during', { records: 0, switches: n }, version);
      await until(`${version} is in force everywhere`, async () => {
        if (switched(version) === PARTITIONS) return true;
        if (await world.isThrough('predictor', 'frames')) await send();
        return false;
      });
      for (let n = 0; n < AFTER; n++) await kill('after', worked(), version);
    }
    await Promise.all(living.map((one) => one.ready()));
    await until('all is read', () => world.isThrough('predictor', 'frames'));
    return announced;
  } finally {
    await table.stop();
  }
}
