/** @file What the predictor must not serve, on the running service: versions that do not load, do not fit or do not
 *  answer in numbers; and frames that are none. The version in force serves on, and no frame goes without a forecast. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  COLD_START_VERSION,
  DEAD_LETTER_HEADERS,
  type ErrorCode,
  Forecast,
  formatTime,
  seriesKey,
} from '#contracts';
import { homePartition, type InputRecord, type OutputRecord } from '#kafka';
import { BrokerWorld, PARTITIONS } from '../worlds/broker-world.js';
import { PLANT } from '../worlds/disturbed-frames.js';
import { modelRecords } from '../worlds/predictor-twin.js';
import { Processes, type ServiceProcess } from '../worlds/processes.js';
import { readLog } from '../worlds/same-log.js';
import { scrape, sumOf } from '../worlds/scrape.js';
import { until } from '../until.js';
import {
  announce,
  announceAs,
  fragileNetwork,
  plainVersion,
  putInCharge,
  tinyNetwork,
} from '../worlds/versions.js';

const BEGIN = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
/** One series in every partition. */
const SERIES = Array.from(
  { length: PARTITIONS },
  (_, partition) =>
    Array.from({ length: 100 }, (__, n) => `oven-${n}`).find(
      (series) => homePartition(seriesKey(PLANT.stream, series), PARTITIONS) === partition,
    ) ?? '',
);

const frame = (series: string, step: number, value?: string, flow = (step % 5) / 10): OutputRecord => ({
  topic: 'frames',
  key: seriesKey(PLANT.stream, series),
  value:
    value ??
    JSON.stringify({
      stream: PLANT.stream,
      series,
      time: formatTime(BEGIN + step * MINUTE),
      values: { heat: 20 + (step % 7), flow },
    }),
});

describe('what the running predictor must not serve', () => {
  let world: BrokerWorld;
  let store: string;
  let processes: Processes;
  let predictor: ServiceProcess;
  let steps = 0;

  beforeAll(async () => {
    store = await mkdtemp(join(tmpdir(), 'rollcast-faults-'));
    world = await BrokerWorld.make(inject('brokers'));
    processes = new Processes({ ...world.environment, ROLLCAST_MODEL_STORE: store });
    await world.define(PLANT);
    predictor = await processes.start('predictor').ready();
    for (let step = 0; step < 30; step++) await feed();
  });
  afterAll(async () => {
    await processes.end();
    await world.close();
    await rm(store, { recursive: true, force: true });
  });

  /** One more frame of every series. */
  const feed = async (flow?: number) => {
    const step = steps++;
    await world.send(SERIES.map((series) => frame(series, step, undefined, flow)));
  };
  const read = async (topic: string) => ((await readLog(world.client, [topic])).get(topic) ?? []).flat();
  /** Feeds until the topic `models` holds so many records of a kind about a version. */
  const fedUntil = async (type: 'switch' | 'refusal', version: string) => {
    let found: { type: string; version?: string; problem?: string }[] = [];
    await until(`${PARTITIONS} times ${type} of ${version}`, async () => {
      await feed();
      found = modelRecords(await read('models')).filter(
        (one) => one.type === type && one.version === version,
      );
      return found.length === PARTITIONS;
    });
    return found;
  };

  const BAD: readonly { what: string; says: RegExp; announced: () => Promise<string> }[] = [
    {
      what: 'whose artifact is missing',
      says: /^ARTIFACT_BROKEN: .*plant\/ridge-0123456789ab/,
      announced: async () => {
        const version = 'ridge-0123456789ab';
        const artifact = { name: `plant/${version}`, sha256: '0'.repeat(64) };
        await announceAs(world, { stream: 'plant', kind: 'ridge', version, artifact });
        return version;
      },
    },
    {
      what: 'whose artifact is torn',
      says: /^ARTIFACT_BROKEN: /,
      announced: async () => {
        const { version, artifact } = await announce(world, store, tinyNetwork(PLANT, 1), async (name) => {
          await writeFile(join(store, name, 'weights.safetensors'), 'half of it');
        });
        expect(artifact).toContain(version);
        return version;
      },
    },
    {
      what: 'of another lookback',
      says: /^VERSION_REFUSED: .*its lookback is 17, the stream's is 16/,
      announced: async () => {
        const { artifact, tensors } = plainVersion(PLANT, 'last-value');
        return (await announce(world, store, { artifact: { ...artifact, lookback: 17 }, tensors })).version;
      },
    },
    {
      what: 'whose weights have another shape',
      says: /^VERSION_REFUSED: .*weight is \[16, 18\] and should be \[32, 18\]/,
      announced: async () => {
        const { artifact, tensors } = tinyNetwork(PLANT, 2);
        const network = artifact.network && { ...artifact.network, dModel: 32 };
        return (await announce(world, store, { artifact: { ...artifact, network }, tensors })).version;
      },
    },
    {
      what: 'that answers with what is no number',
      says: /^VERSION_REFUSED: .*its forecasts are not finite numbers/,
      announced: async () => (await announce(world, store, tinyNetwork(PLANT, 3, NaN))).version,
    },
  ];

  const named = BAD.map((bad) => [bad.what, bad] as const);
  test.each(named)('a version %s is refused on models, with the reason', async (_, { says, announced }) => {
    processes.showLogsOnFailure();
    const version = await announced();
    for (const { problem } of await fedUntil('refusal', version)) expect(problem).toMatch(says);
  });

  const NO_FRAMES: readonly { reason: ErrorCode; says: RegExp; value: (series: string) => string }[] = [
    { reason: 'NOT_JSON', says: /not JSON/, value: () => '{"stream":"plant"' },
    { reason: 'WRONG_TYPE', says: /series/, value: () => '{"stream":"plant","values":{}}' },
    { reason: 'LATE', says: /2026-01-01T00:05/, value: (series) => String(frame(series, 5).value) },
  ];

  test.each(NO_FRAMES.map((one) => [one.reason, one] as const))(
    '%s: a frame that is none goes to frames.dead, as it came and with its origin',
    async (_, { reason, says, value }) => {
      const series = SERIES[1] ?? '';
      const bad = frame(series, 0, value(series));
      await world.send([bad]);
      await feed();
      let letter: InputRecord | undefined;
      await until('it is put aside', async () => {
        const letters = await read('frames.dead');
        letter = letters.find(({ headers }) => headers[DEAD_LETTER_HEADERS.reason]?.toString() === reason);
        return letter !== undefined;
      });
      const sent = (await read('frames')).findLast(({ value: bytes }) => bytes?.toString() === bad.value);
      const headers = Object.entries(letter?.headers ?? {}).map(([name, bytes]) => [name, bytes.toString()]);
      expect(letter?.key?.toString()).toBe(bad.key);
      expect(letter?.value?.toString()).toBe(bad.value);
      expect(Object.fromEntries(headers)).toEqual({
        [DEAD_LETTER_HEADERS.reason]: reason,
        [DEAD_LETTER_HEADERS.message]: expect.stringMatching(says) as string,
        [DEAD_LETTER_HEADERS.topic]: 'frames',
        [DEAD_LETTER_HEADERS.partition]: String(sent?.partition),
        [DEAD_LETTER_HEADERS.offset]: String(sent?.offset),
      });
    },
  );

  test('meanwhile the version in force served on: every frame has its forecast, and the numbers add up', async () => {
    await until('all is read', () => world.isThrough('predictor', 'frames'));
    const forecasts = (await read('forecasts')).map(({ value }) => Forecast.parse(JSON.parse(String(value))));
    expect(new Set(forecasts.map(({ model }) => model.version))).toEqual(new Set([COLD_START_VERSION]));
    for (const series of SERIES) {
      const origins = forecasts.filter((one) => one.series === series).map(({ origin }) => origin);
      expect(origins).toEqual(Array.from({ length: steps }, (_, step) => formatTime(BEGIN + step * MINUTE)));
    }
    const samples = await scrape(predictor.url);
    const health = JSON.parse((await predictor.health()).text) as { indicators: object };
    expect(health.indicators).toMatchObject({
      executor: {
        status: 'up',
        detail: expect.stringMatching(/^ONNX Runtime .*not depend on the batch/) as string,
      },
    });
    const outcome = (name: string) => sumOf(samples, 'rollcast_frames_total', { outcome: name });
    expect(outcome('evaluated')).toBe(steps * PARTITIONS);
    expect(NO_FRAMES.map(({ reason }) => outcome(`dead:${reason}`))).toEqual([1, 1, 1]);
    expect(sumOf(samples, 'rollcast_input_records_total')).toBe(steps * PARTITIONS + NO_FRAMES.length);
    expect(sumOf(samples, 'rollcast_forecasts_total')).toBe(steps * PARTITIONS);
    expect(sumOf(samples, 'rollcast_version_refusals_total')).toBe(BAD.length * PARTITIONS);
    expect(sumOf(samples, 'rollcast_version_switches_total')).toBe(0);
    expect(predictor.log.match(/a version is refused: the one before serves on/g)).toHaveLength(
      BAD.length * PARTITIONS,
    );
    // Frames that are none do not show over HTTP either.
    const recent = `${predictor.url}/v1/streams/plant/series/${SERIES[1]}/recent`;
    expect((await fetch(recent)).status).toBe(200);
  });

  test('a version that fails at a frame it serves is refused there, and the one before serves on', async () => {
    const sound = (await announce(world, store, tinyNetwork(PLANT, 6))).version;
    await fedUntil('switch', sound);
    const fragile = (await announce(world, store, fragileNetwork(PLANT))).version;
    await fedUntil('switch', fragile);
    await feed(1e20);
    for (const { problem } of await fedUntil('refusal', fragile))
      expect(problem).toMatch(/^its forecast of oven-\d+ at 2026-01-01T.* is not of finite numbers$/);
    await until('all is read', () => world.isThrough('predictor', 'frames'));
    const forecasts = (await read('forecasts')).map(({ value }) => Forecast.parse(JSON.parse(String(value))));
    expect(forecasts).toHaveLength(steps * PARTITIONS);
    for (const series of SERIES) {
      const served = forecasts.filter((one) => one.series === series).map(({ model }) => model.version);
      const turns = served.filter((one, at) => one !== served[at - 1]);
      expect(turns).toEqual([COLD_START_VERSION, sound, fragile, sound]);
    }
    const said = modelRecords(await read('models'));
    expect(said.filter(({ type }) => type === 'switch')).toHaveLength(3 * PARTITIONS);
    expect(predictor.log.match(/a partition is opened again: VERSION_WITHDRAWN/g)).toHaveLength(PARTITIONS);
  });

  test('a version that is sound is taken right after, and given up for the cold start without a gap', async () => {
    const { version } = await announce(world, store, tinyNetwork(PLANT, 4));
    const servesEverywhere = async (expected: string) => {
      await fedUntil('switch', expected);
      await until('all is read', () => world.isThrough('predictor', 'frames'));
      const log = await read('forecasts');
      const forecasts = log.map(({ value }) => Forecast.parse(JSON.parse(String(value))));
      expect(forecasts).toHaveLength(steps * PARTITIONS);
      for (const series of SERIES) {
        expect(forecasts.findLast((one) => one.series === series)?.model.version).toBe(expected);
      }
    };
    await servesEverywhere(version);
    await putInCharge(world, PLANT.stream, COLD_START_VERSION);
    await servesEverywhere(COLD_START_VERSION);
    expect(await predictor.stop()).toBe(0);
  });
});
