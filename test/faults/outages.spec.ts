/** @file Redis and Kafka killed under all three services at work, and back on the same port and data, and Kafka hung: the
 *  services wait, say so in their health, and go on; nothing is lost and nothing doubled. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ServiceName } from '#contracts';
import { applyTopics, CompactedTable, deleteTopics, type OutputRecord } from '#kafka';
import { type Servers, startServers } from '#local';
import { TrainerProcess } from '../worlds/trainer-process.js';
import { madeUpFrames, smallStream } from '../worlds/trainer-world.js';
import { BrokerWorld, PARTITIONS } from '../worlds/broker-world.js';
import { disturbedReadings, MILL } from '../worlds/disturbed-readings.js';
import { forwardedIn, ingestTwin } from '../worlds/ingest-twin.js';
import { modelRecords, PREDICTOR_OUTPUTS, predictorTwin } from '../worlds/predictor-twin.js';
import { Processes, type ServiceProcess } from '../worlds/processes.js';
import { assertSameLog, readLog } from '../worlds/same-log.js';
import { scrape, sumOf } from '../worlds/scrape.js';
import { until } from '../until.js';

/** As many as a broker that has served for a while holds: its recovery takes long, and elections after it too. */
const FILLERS = Array.from({ length: 10 }, (_, index) => `filler-${index}`);
const FILLER_PARTITIONS = 100;

/** A broker that had to recover a thousand logs, on two busy cores. */
const PATIENCE_MS = 150_000;

const PUMPS = smallStream('pumps', { epochs: 3, stepsPerEpoch: 50, patience: 3 });
const TIDES = smallStream('tides', { epochs: 1, stepsPerEpoch: 5 });
/** Enough for a training. */
const STEPS = 420;

let servers: Servers;
let world: BrokerWorld;
let store: string;
let processes: Processes;
let ingests: ServiceProcess[];
let trainer: TrainerProcess;
let predictor: ServiceProcess;
let all: ServiceProcess[];

beforeAll(async () => {
  servers = await startServers({ only: 'local', signals: 'leave' });
  store = await mkdtemp(join(tmpdir(), 'rollcast-outages-'));
  world = await BrokerWorld.make(servers.kafka.brokers);
  const plans = FILLERS.map((name) => ({ name, partitions: FILLER_PARTITIONS, configs: {} }));
  await applyTopics(world.client, world.admin, plans);
  for (const topic of FILLERS) {
    const partitions = Array.from({ length: FILLER_PARTITIONS }, (_, partition) => partition);
    await world.send(partitions.map((partition) => ({ topic, partition, key: null, value: 'x' })));
  }
  await world.define(MILL, PUMPS, TIDES);
  for (const stream of [PUMPS, TIDES]) await world.send(madeUpReadings(stream, 0, STEPS));

  processes = new Processes(world.environment);
  const start = (service: ServiceName) =>
    processes.start(service, {
      ...(service !== 'ingest' && { ROLLCAST_MODEL_STORE: store }),
      ...(service === 'trainer' && { REDIS_URL: servers.redis.url }),
    });
  ingests = [start('ingest'), start('ingest')];
  trainer = new TrainerProcess(start('trainer'));
  predictor = start('predictor');
  all = [...ingests, trainer.service, predictor];
  await Promise.all(all.map((one) => one.ready()));
  await until('the history is there', () => world.isThrough('ingest', 'readings'));
});
beforeEach(() => processes.showLogsOnFailure());

afterAll(async () => {
  await processes?.end();
  await deleteTopics(world.client, world.admin, FILLERS).catch(() => undefined);
  await world.close();
  await servers.stop();
  await rm(store, { recursive: true, force: true });
});

function madeUpReadings(stream: typeof PUMPS, from: number, to: number): OutputRecord[] {
  // Two series.
  return madeUpFrames(stream, to)
    .slice(2 * from)
    .map((reading) => ({
      topic: 'readings',
      key: `${reading.stream}/${reading.series}`,
      value: JSON.stringify(reading),
    }));
}

const source = disturbedReadings(3, PARTITIONS);
let steps = STEPS;

/** Sends so many disturbed readings, and the next ten steps of PUMPS. */
async function send(count: number): Promise<void> {
  const [from, to] = [steps, (steps += 10)];
  const records = Array.from({ length: count }, () => source.next().value);
  await world.producer.send([...records, ...madeUpReadings(PUMPS, from, to)], { deadlineMs: PATIENCE_MS });
}

/** Sends readings and waits until both ingests together are in the middle of them.
 *  @returns settles when all are sent */
async function inTheMiddleOfWork(): Promise<{ readonly sent: Promise<void> }> {
  const done = async () => {
    const samples = await Promise.all(ingests.map(({ url }) => scrape(url)));
    return samples.reduce((sum, one) => sum + sumOf(one, 'rollcast_input_records_total'), 0);
  };
  const before = await done();
  const sent = send(2_000);
  await until('some of them are done', async () => (await done()) > before);
  return { sent };
}

/** Waits until all that was sent is read and forecast. */
async function allIsThrough(): Promise<void> {
  // By the group's offsets: a commit that a dying broker never answered was counted by nobody.
  await until('all is read', () => world.isThrough('ingest', 'readings'), PATIENCE_MS);
  await until('all is forecast', () => world.isThrough('predictor', 'frames'), PATIENCE_MS);
}

/** Waits until a service says that it is not ready, and for what it waits; it is alive all the same: to restart it
 *  would help nobody. */
async function saysThatItWaits(service: ServiceProcess, server: 'Kafka' | 'Redis'): Promise<void> {
  await until(`${service.name} says that it waits for ${server}`, async () => {
    const { status, text } = await service.health();
    return status === 503 && text.includes(`${server} does not answer`);
  });
  expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
}

describe('Redis gone', () => {
  test('SIGKILL with one training running and one waiting: the trainer waits, says so, goes on; both end, once', async () => {
    const running = await trainer.request('pumps');
    await trainer.atStep('pumps', running.job, 1);
    const waiting = await trainer.request('tides');
    expect(waiting.state).toBe('waiting');

    await servers.killRedis();
    await saysThatItWaits(trainer.service, 'Redis');
    await expect(trainer.jobs('pumps')).rejects.toThrow(/ 503 .*REDIS_UNAVAILABLE/);
    // It is nobody else's.
    for (const one of all) if (one !== trainer.service) await one.ready();

    await servers.restartRedis();
    await trainer.service.ready();
    for (const [stream, { job }] of [
      ['pumps', running],
      ['tides', waiting],
    ] as const) {
      expect(await trainer.ended(stream, job)).toMatchObject({ state: 'completed', problem: null });
      expect(await trainer.jobs(stream)).toHaveLength(1);
      expect((await trainer.models(stream)).champion).not.toBeNull();
    }
    expect(trainer.service.log.match(/training started/g)).toHaveLength(2);
  });
});

describe('Kafka hung', () => {
  test(
    "SIGSTOP in the middle of work is an outage, nobody's bug: who works waits, says so, goes on",
    async () => {
      const { sent } = await inTheMiddleOfWork();
      servers.freezeKafka();
      try {
        // The trainer, which only follows its tables, takes longer to notice.
        await Promise.all([...ingests, predictor].map((one) => saysThatItWaits(one, 'Kafka')));
      } finally {
        servers.thawKafka();
      }
      // A consumer that hung notices by its own watch, most of a minute later at the worst.
      await Promise.all(all.map((one) => one.ready(PATIENCE_MS)));
      await sent;
      await allIsThrough();
      for (const { log } of all) expect(log).not.toContain('our bug');
    },
    3 * PATIENCE_MS,
  );
});

describe('Kafka gone', () => {
  test(
    'two SIGKILLs of a broker with a thousand partitions: all services wait, say so, go on; nothing lost or doubled',
    async () => {
      const table = new CompactedTable(world.client, { topic: 'streams' });
      await table.ready();
      const training = await trainer.request('pumps', { seed: 2 });
      await trainer.atStep('pumps', training.job, 1);

      for (const outage of [1, 2]) {
        const { sent } = await inTheMiddleOfWork();
        await servers.killKafka();
        const sending = [sent, send(100)];
        for (const one of all) await saysThatItWaits(one, 'Kafka');
        await servers.restartKafka();
        await Promise.all(all.map((one) => one.ready(PATIENCE_MS)));
        await Promise.all(sending);
        await send(100);
        const policy = { ...MILL, expireAfter: `${30 + outage}d` };
        await world.producer.send([{ topic: 'streams', key: 'mill', value: JSON.stringify(policy) }], {
          deadlineMs: PATIENCE_MS,
        });
        await table.catchUp();
        expect(table.get('mill')?.toString()).toContain(`"${30 + outage}d"`);
      }
      await table.stop();

      await allIsThrough();
      expect(await trainer.ended('pumps', training.job)).toMatchObject({ state: 'completed', problem: null });

      const topics = ['readings', 'frames', 'readings.dead', 'models', ...PREDICTOR_OUTPUTS];
      const found = await readLog(world.client, topics);
      const [readings = [], frames = []] = [found.get('readings'), found.get('frames')];
      const models = (found.get('models') ?? []).flat();
      const definitions = [MILL, PUMPS, TIDES];
      expect(readings.flat().length).toBeGreaterThanOrEqual(4_400 + 2 * 2 * STEPS);
      const aligned = await ingestTwin(readings, definitions);
      assertSameLog(aligned.log, found);
      assertSameLog(aligned.forwarded, forwardedIn(readings));
      const forecast = await predictorTwin({ frames, models, definitions, store });
      assertSameLog(forecast.log, found);
      expect(forecast.counts['forecasts']).toBe(frames.flat().length);
      const jobs = modelRecords(models).flatMap((one) => (one.type === 'version' ? [one.job] : []));
      expect(jobs).toContain(training.job);

      // An orderly end, in time, needs no broker, be it hung or gone: what is not committed is in the log.
      servers.freezeKafka();
      const beside = [...ingests.slice(0, 1), predictor];
      expect(await Promise.all(beside.map((one) => one.stop()))).toEqual([0, 0]);
      await servers.killKafka();
      const behind = [...ingests.slice(1), trainer.service];
      expect(await Promise.all(behind.map((one) => one.stop()))).toEqual([0, 0]);
    },
    2 * PATIENCE_MS + 120_000,
  );
});
