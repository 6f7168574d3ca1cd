/** @file The predictor is killed in the middle of its work, before, during and after three switches of the model,
 *  the last one back to the version before, while series begin, expire and come back and definitions change; and
 *  nothing shows.
 *
 *  What equality means. The frames are given. The one thing that timing decides is at which frame a partition goes over
 *  to a new version, and that stands in the switch records of the topic `models`. The undisturbed run (in memory, the
 *  same task) is given both; then `forecasts`, `evaluations` and `frames.dead` equal, byte for byte per partition. The
 *  second version is a CMamba network, so that recurrent states are thrown away and rebuilt by replay. Definitions
 *  change where the input stands still, so both runs meet each change at the same frame.
 *
 *  The twin is the same code, so what must become of each frame is said once more without it (`frame-fates.ts`). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  COLD_START_VERSION,
  DEAD_LETTER_HEADERS,
  durationMs,
  Evaluation,
  Forecast,
  frameOffset,
  type StreamDefinition,
} from '#contracts';
import { CompactedTable, type InputRecord, type OutputRecord } from '#kafka';
import { seededRandom } from '#kafka/testing';
import type { StoredArtifact } from '#model-store';
import { BrokerWorld, PARTITIONS } from '../worlds/broker-world.js';
import { disturbedFrames, FARM, FARM_ANEW, PLANT, QUARRY, SHIFT } from '../worlds/disturbed-frames.js';
import { type Fate, frameFates, isServed } from '../worlds/frame-fates.js';
import { changeDefinitions, type DefinitionChange } from '../worlds/given-log.js';
import {
  modelRecords,
  PREDICTOR_OUTPUTS,
  type PredictorTwin,
  predictorTwin,
} from '../worlds/predictor-twin.js';
import { Processes, type ServiceProcess } from '../worlds/processes.js';
import { assertSameLog, logDifference, readLog } from '../worlds/same-log.js';
import { has, scrape, sumOf } from '../worlds/scrape.js';
import { until } from '../until.js';
import { announce, plainVersion, putInCharge, tinyNetwork } from '../worlds/versions.js';

const SEED = 11;
/** Kills before the first switch, and during and after each. */
const BEFORE = 2;
const DURING = 2;
const AFTER = 1;
const SWITCHES = 3;
const KILLS = BEFORE + SWITCHES * (DURING + AFTER);
/** Defined from the beginning, and after the first and the second switch. */
const DEFINED: readonly StreamDefinition[] = [PLANT, FARM, SHIFT];
const DEFINED_THEN = [
  [PLANT, SHIFT, QUARRY],
  [PLANT, SHIFT, QUARRY, FARM_ANEW],
];
/** Frames that are sent at once, again and again as long as the victim has fewer ahead of it. */
const CHUNK = 60;
/** Frames of a partition on one side of a switch among which, in one partition at least, some series begins. */
const NEAR = 100;

/** What has been done to a run. */
interface Disturbed {
  /** The version that was put in charge at each switch. */
  readonly versions: readonly string[];
  readonly changes: readonly DefinitionChange[];
}

describe('the predictor killed in the middle', () => {
  let world: BrokerWorld;
  let store: string;
  let found: ReadonlyMap<string, readonly (readonly InputRecord[])[]>;
  let twin: PredictorTwin;
  let disturbed: Disturbed;
  const all = (topic: string) => (found.get(topic) ?? []).flat();
  const given = () => ({
    frames: found.get('frames') ?? [],
    definitions: DEFINED,
    changes: disturbed.changes,
    store,
  });
  const fates = () => given().frames.flatMap((frames) => frameFates(frames, DEFINED, disturbed.changes));
  const forecasts = () =>
    (found.get('forecasts') ?? []).map((records) =>
      records.map(({ value }) => Forecast.parse(JSON.parse(String(value)))),
    );
  const switches = () => modelRecords(all('models')).filter((one) => one.type === 'switch');

  beforeAll(async () => {
    store = await mkdtemp(join(tmpdir(), 'rollcast-recovery-'));
    world = await BrokerWorld.make(inject('brokers'));
    await world.define(...DEFINED);
  });
  afterAll(async () => {
    await world.close();
    await rm(store, { recursive: true, force: true });
  });

  test(`predictor: ${KILLS} SIGKILLs around three switches, and forecasts, evaluations and dead letters equal those of an undisturbed run`, async () => {
    const processes = new Processes({ ...world.environment, ROLLCAST_MODEL_STORE: store });
    processes.showLogsOnFailure();
    try {
      disturbed = await disturb(world, processes, store);
    } finally {
      await processes.end();
    }
    // Two at a time, and one anew for each that was killed.
    expect(processes.all).toHaveLength(2 + KILLS);
    found = await readLog(world.client, ['frames', 'models', ...PREDICTOR_OUTPUTS]);
    twin = await predictorTwin({ ...given(), models: all('models') });
    assertSameLog(twin.log, found);
  }, 300_000);

  test('predictor: every frame has what is due to it, one forecast and one evaluation, or a dead letter, or nothing', () => {
    const due = fates().filter(isServed);
    const dead = fates().filter(({ fate }) => fate === 'late' || fate === 'unreadable');
    const forecast = all('forecasts').map(({ value, partition, headers }) => {
      const { stream, series, origin, frequencyMs } = Forecast.parse(JSON.parse(String(value)));
      return `${partition} ${frameOffset(headers)} ${stream}/${series} ${origin} ${frequencyMs}`;
    });
    expect(forecast).toEqual(
      due.map(
        ({ partition, offset, stream, series, time, definition }) =>
          `${partition} ${offset} ${stream}/${series} ${time} ${durationMs(definition?.frequency ?? '')}`,
      ),
    );
    const judged = all('evaluations').map(({ value, partition }) => {
      const { stream, series, time } = Evaluation.parse(JSON.parse(String(value)));
      return `${partition} ${stream}/${series} ${time}`;
    });
    expect(judged).toEqual(
      due.map(({ partition, stream, series, time }) => `${partition} ${stream}/${series} ${time}`),
    );
    const letters = all('frames.dead').map(({ headers }) => {
      const { partition, offset, reason } = DEAD_LETTER_HEADERS;
      return [partition, offset, reason].map((name) => String(headers[name])).join(' ');
    });
    expect(letters).toEqual(
      dead.map(
        ({ partition, offset, fate }) => `${partition} ${offset} ${fate === 'late' ? 'LATE' : 'NOT_JSON'}`,
      ),
    );
    expect(twin.counts).toMatchObject({
      read: all('frames').length,
      unknownStream: fates().length - due.length - dead.length,
    });
  });

  test('predictor: series began, expired and came back, a stream was defined late, one deleted and defined anew with another grid', () => {
    const of = (definition: StreamDefinition) => fates().filter((one) => one.definition === definition);
    const fatesOf = (definition: StreamDefinition) => new Set(of(definition).map(({ fate }) => fate));
    const undefinedOnes = fates().flatMap(({ fate, stream }) => (fate === 'undefined' ? [stream] : []));
    const lived: Fate[] = ['begins', 'goes on', 'late'];
    for (const definition of [PLANT, FARM, FARM_ANEW, QUARRY])
      expect(fatesOf(definition)).toEqual(new Set(lived));
    expect(new Set(undefinedOnes)).toEqual(new Set(['nobody', 'farm', 'quarry', 'unheard-of']));
    expect(fatesOf(SHIFT)).toContain('comes back');
    expect(of(SHIFT).some(({ isAgain }) => isAgain)).toBe(true);
    expect(twin.counts['expired']).toBeGreaterThan(0);
  });

  test('predictor: every partition went over to each version in turn, and back; each served there, and series began on both sides of each switch', () => {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    const { versions } = disturbed;
    expect(versions).toEqual([versions[0], expect.any(String), versions[0]]);
    expect(new Set(versions).size).toBe(2);
    const inTurn = switches().sort(
      (a, b) => a.partition - b.partition || Number(a.frameOffset) - Number(b.frameOffset),
    );
    const wanted = partitions.flatMap((partition) => versions.map((version) => ({ partition, version })));
    expect(inTurn.map(({ partition, version }) => ({ partition, version }))).toEqual(wanted);
    expect(modelRecords(all('models')).filter(({ type }) => type === 'refusal')).toEqual([]);
    for (const records of forecasts()) {
      const served = records.flatMap(({ stream, model }) => (stream === PLANT.stream ? [model.version] : []));
      expect(served[0]).toBe(COLD_START_VERSION);
      // A series that has not seen enough is served by the cold start under every version.
      const champions = served.filter((version) => version !== COLD_START_VERSION);
      expect(champions.filter((version, at) => version !== champions[at - 1])).toEqual(versions);
    }
    const begun = fates().filter(({ fate, definition }) => fate === 'begins' && definition === PLANT);
    for (const turn of versions.keys()) {
      const distances = begun.map(({ partition, offset }) =>
        Number(offset - BigInt(inTurn[partition * versions.length + turn]?.frameOffset ?? NaN)),
      );
      expect(distances.some((distance) => distance < 0 && distance >= -NEAR)).toBe(true);
      expect(distances.some((distance) => distance >= 0 && distance <= NEAR)).toBe(true);
    }
  });

  test.each([
    ['switch records', { models: [] }],
    ['changes of definitions', { changes: [] }],
  ])('predictor: without the %s the undisturbed run writes something else', async (_, without) => {
    const frames = given().frames.map((records, partition) => (partition === 0 ? records : []));
    const other = await predictorTwin({ ...given(), models: all('models'), frames, ...without });
    expect(logDifference(other.log, found)).toMatch(/^forecasts, partition 0, record \d+: /);
  });
});

/** Two processes at work; whoever is drawn is killed as soon as the moment has come. */
async function disturb(world: BrokerWorld, processes: Processes, store: string): Promise<Disturbed> {
  const random = seededRandom(SEED);
  const source = disturbedFrames(SEED);
  const send = () => world.send(Array.from({ length: CHUNK }, (): OutputRecord => source.next().value));
  const living: ServiceProcess[] = [processes.start('predictor'), processes.start('predictor')];
  const worked = () => ({ records: 1 + Math.floor(random() * 200), switches: 0 });
  let kills = 0;
  /** The victim has frames ahead of it, and the moment has come.
   *  @param least records that it has done meanwhile, and partitions that have gone over to the version */
  const kill = async (
    when: string,
    least: { records: number; switches: number },
    turn?: { version: string; over: () => number },
  ) => {
    const over = turn?.over ?? (() => 0);
    const index = Math.floor(random() * living.length);
    const victim = await (living[index] as ServiceProcess).listening();
    let [before, done, ahead] = [-1, 0, 0];
    await until(`${victim.name} is in the middle of its work, ${when}`, async () => {
      const samples = await scrape(victim.url);
      done = sumOf(samples, 'rollcast_input_records_total');
      ahead = sumOf(samples, 'rollcast_partition_lag');
      if (before < 0) before = done;
      if (done - before >= least.records && ahead > 0 && over() >= least.switches) return true;
      // Before its partitions are open it has no lag to show, and cannot be met at work.
      if (has(samples, 'rollcast_partition_lag') && ahead < CHUNK) await send();
      return false;
    });
    const gone = over();
    await victim.kill();
    const moment =
      turn === undefined ? when : `${when} ${turn.version}, in force in ${gone} of ${PARTITIONS}`;
    process.stdout.write(
      `kill ${++kills} (${moment}): ${victim.name}, ${done} records done, ${ahead} ahead of it\n`,
    );
    living[index] = processes.start('predictor');
  };
  const table = new CompactedTable(world.client, { topic: 'models' });
  const switches = () => [...table.entries()].filter(([key]) => key.includes('/switch/')).length;

  await table.ready();
  const versions: string[] = [];
  const changes: DefinitionChange[] = [];
  try {
    for (let n = 0; n < BEFORE; n++) await kill('before', worked());
    const announced = async (stored: StoredArtifact) => (await announce(world, store, stored)).version;
    const turns = [
      () => announced(plainVersion(PLANT, 'last-value')),
      () => announced(tinyNetwork(PLANT, SEED)),
      async () => {
        const [first = ''] = versions;
        await putInCharge(world, PLANT.stream, first);
        return first;
      },
    ];
    for (const [turn, putOneInCharge] of turns.entries()) {
      await send();
      const switchesBefore = switches();
      const version = await putOneInCharge();
      versions.push(version);
      const over = () => switches() - switchesBefore;
      // The first as soon as it is announced, the others when so many partitions have gone over.
      for (let n = 0; n < DURING; n++) await kill('during', { records: 0, switches: n }, { version, over });
      await until(`${version} is in force everywhere`, async () => {
        if (over() === PARTITIONS) return true;
        await send();
        await world.workedOff('frames');
        return false;
      });
      for (let n = 0; n < AFTER; n++) await kill('after', worked(), { version, over });
      const then = DEFINED_THEN[turn];
      if (then === undefined) continue;
      changes.push(await changeDefinitions(world, 'frames', changes.at(-1)?.definitions ?? DEFINED, then));
    }
    await Promise.all(living.map((one) => one.ready()));
    await world.workedOff('frames');
    return { versions, changes };
  } finally {
    await table.stop();
  }
}
