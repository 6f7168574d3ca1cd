/** @file Ingest is killed in the middle of its work, again and again, and nothing shows.
 *
 *  What equality means. The only thing that timing decides is the readings log itself: forwarded readings reach their
 *  home partition whenever their transaction ends, between other readings. So the disturbed run's log of `readings`,
 *  forwarded ones included, is the given; what was written from it is compared with two undisturbed runs:
 *
 *  1. The in-memory twin: the same records, offsets and append times through the same task. `frames` and
 *     `readings.dead` equal, byte for byte, headers too; and what the twin would have forwarded is in the log, once,
 *     in the order of each source.
 *  2. A real, undisturbed process under another prefix that is given the same readings, one by one: all but those
 *     that were forwarded away (their copies at home are among the given), and those of the streams whose series
 *     expire, by append time, or whose definitions change. Append times and offsets differ there:
 *     nothing that is written may depend on the first, but the header of a frame that says them; and the `offset` header
 *     of a dead letter is translated. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { DEAD_LETTER_HEADERS, READING_TIME_HEADER, SERIES_LIFE_HEADER } from '#contracts';
import type { InputRecord, OutputRecord } from '#kafka';
import { seededRandom } from '#kafka/testing';
import { BrokerWorld, PARTITIONS } from '../worlds/broker-world.js';
import { disturbedReadings, LATHE, MILL, SAW, SAW_ANEW, SHIFT } from '../worlds/disturbed-readings.js';
import { forwardedIn, ingestTwin, type IngestTwin } from '../worlds/ingest-twin.js';
import { changeDefinitions, type DefinitionChange } from '../worlds/given-log.js';
import { Processes, type ServiceProcess } from '../worlds/processes.js';
import { assertSameLog, logDifference, type LoggedRecord, readLog } from '../worlds/same-log.js';
import { scrape, sumOf } from '../worlds/scrape.js';
import { until } from '../until.js';

const SEED = 7;
const KILLS = 12;
/** Readings that are sent at once, and whenever the victim has no work ahead. */
const CHUNK = 400;
/** Defined from the beginning. */
const DEFINITIONS = [MILL, SAW, SHIFT];
/** After so many kills others are. */
const DEFINED_THEN = new Map([
  [4, [MILL, SHIFT, LATHE]],
  [8, [MILL, SHIFT, LATHE, SAW_ANEW]],
]);
const OUTPUTS = ['frames', 'readings.dead'];

type Log = ReadonlyMap<string, readonly (readonly InputRecord[])[]>;

describe('ingest killed in the middle', () => {
  let world: BrokerWorld;
  let other: BrokerWorld;
  let found: Log;
  let twin: IngestTwin;
  const changes: DefinitionChange[] = [];
  const readings = () => found.get('readings') ?? [];

  beforeAll(async () => {
    const brokers = inject('brokers');
    [world, other] = await Promise.all([BrokerWorld.make(brokers), BrokerWorld.make(brokers)]);
    await Promise.all([world.define(...DEFINITIONS), other.define(MILL)]);
  });
  afterAll(async () => {
    await Promise.all([world.close(), other.close()]);
  });

  test(`ingest: ${KILLS} SIGKILLs, and frames, dead letters and forwarded readings equal those of an undisturbed run`, async () => {
    const processes = new Processes(world.environment);
    processes.showLogsOnFailure();
    try {
      await disturb(world, processes, changes);
    } finally {
      await processes.end();
    }
    found = await readLog(world.client, ['readings', ...OUTPUTS]);
    twin = await ingestTwin(readings(), DEFINITIONS, changes);
    assertSameLog(twin.log, found);
    assertSameLog(twin.forwarded, forwardedIn(readings()));
  }, 300_000);

  test('ingest: what was compared is what readings do: every outcome, and nothing vanished', () => {
    const { counts } = twin;
    // The word is given when a reading comes; what is gone later was counted then.
    const whole = Object.entries(counts).filter(([name]) =>
      /^(framed|duplicate|tick|forwarded|refused|dead:(?!OUT_OF_RANGE|NOT_FINITE|STREAM_GONE))/.test(name),
    );
    expect(whole.reduce((sum, [, count]) => sum + count, 0)).toBe(counts['read']);
    expect(counts['read']).toBe(readings().flat().length);
    expect(Object.keys(counts)).toEqual(
      expect.arrayContaining([
        ...[
          'framed',
          'corrected',
          'duplicate',
          'tick',
          'forwarded',
          'refused',
          'frames',
          'unknownChannels',
          'expired',
        ],
        ...[
          'LATE',
          'NOT_JSON',
          'WRONG_TYPE',
          'UNKNOWN_STREAM',
          'UNKNOWN_CHANNEL',
          'OUT_OF_RANGE',
          'NOT_FINITE',
          'STREAM_GONE',
        ].map((reason) => `dead:${reason}`),
      ]),
    );
  });

  test('ingest: the comparison would have seen one frame lost, and one reading forwarded twice', () => {
    const frames = found.get('frames') ?? [];
    const busiest = frames.findIndex(
      (records) => records.length === Math.max(...frames.map((f) => f.length)),
    );
    const without = frames.map((records, partition) =>
      partition === busiest ? records.toSpliced(17, 1) : records,
    );
    expect(logDifference(twin.log, new Map([...found, ['frames', without]]))).toContain(
      `frames, partition ${busiest}, record 17: lost`,
    );
    const twice = readings().map((records) =>
      records.flatMap((record) => ('rollcast.forwarded' in record.headers ? [record, record] : [record])),
    );
    expect(logDifference(twin.forwarded, forwardedIn(twice))).toMatch(
      /^forwarded to \d, partition \d, record 1: doubled/,
    );
  });

  test('ingest: one real process that nobody disturbs writes the same from the same readings', async () => {
    const away = new Set(
      readings()
        .flat()
        .map(({ headers }) => headers['rollcast.forwarded']?.toString()),
    );
    const given = readings().map((records) =>
      records
        .filter(({ partition, offset }) => !away.has(`readings/${partition}/${offset}`))
        .filter(isSteady),
    );
    await other.send(
      given
        .flat()
        .map(({ topic, partition, key, value, headers }) => ({ topic, partition, key, value, headers })),
    );

    const processes = new Processes(other.environment);
    processes.showLogsOnFailure();
    let exitCode: number | null;
    try {
      const ingest = await processes.start('ingest').ready();
      await until('all is read', () => other.isThrough('ingest', 'readings'));
      const samples = await scrape(ingest.url);
      expect(sumOf(samples, 'rollcast_readings_total')).toBe(given.flat().length);
      expect(sumOf(samples, 'rollcast_input_records_total')).toBe(given.flat().length);
      expect(sumOf(samples, 'rollcast_readings_total', { outcome: 'forwarded' })).toBe(0);
      exitCode = await ingest.stop();
    } finally {
      await processes.end();
    }
    expect(exitCode).toBe(0);

    const second = await readLog(other.client, ['readings', ...OUTPUTS]);
    // It was given what it should have been given, and it forwarded nothing.
    assertSameLog(new Map([['readings', given]]), second);
    const offsets = given.map(
      (records, partition) =>
        new Map(
          records.map(({ offset }, at) => [
            String(offset),
            second.get('readings')?.[partition]?.[at]?.offset,
          ]),
        ),
    );
    const dead = (found.get('readings.dead') ?? []).map((letters) =>
      letters.filter(isSteady).map((one) => moved(one, offsets)),
    );
    const undated = (log: ReadonlyMap<string, readonly (readonly LoggedRecord[])[]>) =>
      (log.get('frames') ?? []).map((records) => records.map(undatedFrame));
    const expected = new Map<string, readonly (readonly LoggedRecord[])[]>([
      ['frames', undated(found).map((records) => records.filter(isSteady))],
      ['readings.dead', dead],
    ]);
    assertSameLog(expected, new Map([...second, ['frames', undated(second)]]));
  }, 120_000);
});

/** Two processes at work; whoever is drawn is killed as soon as it has committed something and has more ahead. */
async function disturb(world: BrokerWorld, processes: Processes, changes: DefinitionChange[]): Promise<void> {
  const random = seededRandom(SEED);
  const source = disturbedReadings(SEED, PARTITIONS);
  const send = () => world.send(Array.from({ length: CHUNK }, (): OutputRecord => source.next().value));
  const living: ServiceProcess[] = [processes.start('ingest'), processes.start('ingest')];
  await Promise.all(living.map((one) => one.listening()));
  for (let kill = 0; kill < KILLS; kill++) {
    const index = Math.floor(random() * living.length);
    const victim = await (living[index] as ServiceProcess).listening();
    const enough = 1 + Math.floor(random() * 300);
    let [before, done, ahead] = [-1, 0, 0];
    await until(`${victim.name} is in the middle of its work`, async () => {
      const samples = await scrape(victim.url);
      done = sumOf(samples, 'rollcast_input_records_total');
      ahead = sumOf(samples, 'rollcast_partition_lag');
      if (before < 0) before = done;
      if (done - before >= enough && ahead > 0) return true;
      if (ahead === 0 && sumOf(samples, 'rollcast_partitions_owned') > 0) await send();
      return false;
    });
    await victim.kill();
    process.stdout.write(`kill ${kill + 1}: ${victim.name}, ${done} records done, ${ahead} ahead of it\n`);
    living[index] = processes.start('ingest');
    const after = DEFINED_THEN.get(kill + 1);
    if (after === undefined) continue;
    const held = changes.at(-1)?.definitions ?? DEFINITIONS;
    changes.push(await changeDefinitions(world, 'readings', held, after));
  }
  await Promise.all(living.map((one) => one.ready()));
  await world.workedOff('readings');
}

/** Nothing that is written from it depends on append times or on a change of definitions. */
function isSteady({ value }: LoggedRecord): boolean {
  return !/"stream":"(shift|saw|lathe|unheard-of)"/.test(String(value));
}

/** A frame without the headers that say when its reading, and the first of its series' life, came in. */
function undatedFrame(frame: LoggedRecord): LoggedRecord {
  const { [READING_TIME_HEADER]: time, [SERIES_LIFE_HEADER]: life, ...headers } = frame.headers;
  for (const said of [time, life]) expect(Number(said?.toString())).toBeGreaterThan(0);
  return { ...frame, headers };
}

/** A dead letter as it would be if its reading lay where it lies in the second run. */
function moved(
  letter: LoggedRecord,
  offsets: readonly ReadonlyMap<string, bigint | undefined>[],
): LoggedRecord {
  const { partition, offset } = DEAD_LETTER_HEADERS;
  const from = offsets[Number(letter.headers[partition]?.toString())];
  const to = from?.get(letter.headers[offset]?.toString() ?? '');
  return { ...letter, headers: { ...letter.headers, [offset]: Buffer.from(String(to)) } };
}
