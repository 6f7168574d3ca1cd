import { DEFINITIONS, type DefinitionTable } from '#kafka';
import 'reflect-metadata';
import { ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Reading, RollcastError, StreamDefinition, StreamView } from '#contracts';
import type { OutputRecord } from '#kafka';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ReadingsController } from './readings.controller.js';
import { StreamDefinitionsController } from './stream-definitions.controller.js';
import { BODY_LIMIT_BYTES, RECORD_SINK } from './wiring.js';

/** The topics as arrays: what is sent to `streams` is in the table once that is caught up. */
class Log implements DefinitionTable {
  records: OutputRecord[] = [];
  known = new Map<string, StreamDefinition>();
  broken = false;
  /** What another process sends right behind us. */
  behind: OutputRecord | null = null;
  async send(records: readonly OutputRecord[]) {
    if (this.broken) throw new RollcastError('BROKER_UNAVAILABLE', { problem: 'gone' });
    this.records.push(...records, ...(this.behind === null ? [] : [this.behind]));
  }
  get(stream: string) {
    return this.known.get(stream) ?? null;
  }
  all() {
    return this.known.values();
  }
  async catchUp() {
    for (const { topic, key, value } of this.records) {
      if (topic !== 'streams') continue;
      if (value === null) this.known.delete(String(key));
      else this.known.set(String(key), StreamDefinition.parse(JSON.parse(String(value))));
    }
  }
}

@Catch(RollcastError)
class AsErrorView implements ExceptionFilter<RollcastError> {
  catch({ code, message, status }: RollcastError, host: ArgumentsHost) {
    const reply = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): void } }>();
    reply.status(status).send({ code, message });
  }
}

let app: NestFastifyApplication;
const log = new Log();
const cost = { memoryPerSeriesBytes: 12_672, firstForecastAfterFrames: 288, trainingNeedsSteps: 720 };
const weather = { channels: [{ name: 't' }], frequency: '1h' };
const reading = { series: 'EWR', time: '2013-01-01T06:00:00Z', values: { t: 1 } };

beforeAll(async () => {
  const module = await Test.createTestingModule({
    controllers: [ReadingsController, StreamDefinitionsController],
    providers: [
      { provide: DEFINITIONS, useValue: log },
      { provide: RECORD_SINK, useValue: log },
    ],
  }).compile();
  app = module.createNestApplication<NestFastifyApplication>(
    new FastifyAdapter({ bodyLimit: BODY_LIMIT_BYTES }),
    { logger: false },
  );
  app.useGlobalFilters(new AsErrorView());
  await app.init();
});
afterAll(() => app.close());
beforeEach(() => Object.assign(log, { records: [], known: new Map(), broken: false, behind: null }));

async function call(method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, payload?: object | string) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const headers = { 'content-type': 'application/json' };
  const reply = await app.inject({
    method,
    url,
    ...(payload === undefined ? {} : { payload: body, headers }),
  });
  return { status: reply.statusCode, body: JSON.parse(reply.body || 'null') as unknown };
}
const post = (payload: object | string) => call('POST', '/v1/streams/weather/readings', payload);

describe('stream definitions', () => {
  test('are put, answered with their defaults and costs, read one and all, and deleted', async () => {
    const put = await call('PUT', '/v1/streams/weather', weather);
    expect(put).toMatchObject({
      status: 201,
      body: { ...cost, definition: { stream: 'weather', horizon: 24, season: 24 } },
    });
    expect(StreamView.parse(put.body)).toEqual(put.body);
    expect(log.records).toHaveLength(1);
    expect(log.records[0]).toMatchObject({ topic: 'streams', key: 'weather' });
    expect(await call('GET', '/v1/streams/weather')).toEqual({ status: 200, body: put.body });
    await call('PUT', '/v1/streams/a', weather);
    expect((await call('GET', '/v1/streams')).body).toMatchObject([
      { definition: { stream: 'a' } },
      { definition: { stream: 'weather' } },
    ]);
    expect(await call('DELETE', '/v1/streams/weather')).toEqual({ status: 204, body: null });
    expect(log.records.at(-1)).toEqual({ topic: 'streams', key: 'weather', value: null });
    for (const method of ['GET', 'DELETE'] as const) {
      expect(await call(method, '/v1/streams/weather')).toMatchObject({
        status: 404,
        body: { code: 'NO_SUCH_STREAM' },
      });
    }
  });

  test('can be put as they were read, and with other policies', async () => {
    const put = await call('PUT', '/v1/streams/weather', weather);
    const { definition } = StreamView.parse(put.body);
    expect((await call('PUT', '/v1/streams/weather', { ...definition, lateness: '10m' })).status).toBe(200);
    expect(log.known.get('weather')?.lateness).toBe('10m');
  });

  test.each([
    ['a field that is wrong', { ...weather, frequency: 'hourly' }, /frequency: write a duration like/],
    [
      'a schedule that is none',
      { ...weather, retraining: { schedule: { cron: 'every full moon at 3' } } },
      /retraining\.schedule\.cron: "every full moon at 3" is no cron/,
    ],
    ['a rule that is broken', { ...weather, expireAfter: '1h' }, /at least the lookback/],
    [
      'forecasts that no Kafka record holds',
      { ...weather, horizon: 1_000, channels: Array.from({ length: 64 }, (_, at) => ({ name: `c${at}` })) },
      /horizon: .* with more than 224 steps/,
    ],
    ['another stream in the body', { ...weather, stream: 'x' }, /the body says stream "x"/],
    ['no object', [], /send a JSON object/],
  ])('are refused with %s', async (_, body, message) => {
    const reply = await call('PUT', '/v1/streams/weather', body);
    expect(reply).toMatchObject({ status: 400, body: { code: 'INVALID_DEFINITION' } });
    expect((reply.body as { message: string }).message).toMatch(message);
    expect(log.records).toEqual([]);
  });

  const other = { channels: [{ name: 'u' }], frequency: '2h' };

  test('are put one at a time: of two at once, on different grids, the second is refused', async () => {
    const controller = new StreamDefinitionsController(log, log);
    const put = (body: object) => controller.put('weather', body, { status: () => undefined });
    const [one, two] = await Promise.allSettled([put(weather), put(other)]);
    expect(one.status).toBe('fulfilled');
    expect(two).toMatchObject({ reason: { code: 'DEFINITION_CONFLICT' } });
    expect(log.known.get('weather')?.frequency).toBe('1h');
    // What was refused holds up nothing.
    await put(weather);
  });

  test('are refused where another process has put another grid at the same time', async () => {
    log.behind = { topic: 'streams', key: 'weather', value: JSON.stringify({ stream: 'weather', ...other }) };
    const reply = await call('PUT', '/v1/streams/weather', weather);
    expect(reply).toMatchObject({ status: 409, body: { code: 'DEFINITION_CONFLICT' } });
    expect(log.known.get('weather')?.frequency).toBe('2h');
  });

  test('keep their channels and their grid, also against a definition that only another process has seen', async () => {
    log.records.push({
      topic: 'streams',
      key: 'weather',
      value: JSON.stringify({ stream: 'weather', ...weather }),
    });
    const reply = await call('PUT', '/v1/streams/weather', other);
    expect(reply).toMatchObject({ status: 409, body: { code: 'DEFINITION_CONFLICT' } });
    expect(JSON.stringify(reply.body)).toContain('frequency, season, channels');
  });
});

describe('readings by HTTP', () => {
  beforeEach(() => call('PUT', '/v1/streams/weather', weather).then(() => (log.records = [])));

  test('go to the topic under the key of their series, each as a valid reading of the path', async () => {
    expect(
      await post([reading, { ...reading, series: 'JFK', stream: 'weather' }, { series: 'JFK', time: 1e12 }]),
    ).toEqual({
      status: 202,
      body: { accepted: 3, rejected: [] },
    });
    expect(log.records.map(({ topic, key }) => [topic, key])).toEqual([
      ['readings', 'weather/EWR'],
      ['readings', 'weather/JFK'],
      ['readings', 'weather/JFK'],
    ]);
    expect(Reading.parse(JSON.parse(String(log.records[0]?.value)))).toEqual({
      stream: 'weather',
      ...reading,
    });
  });

  test('are judged one by one: 207 with an error per item', async () => {
    const huge = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`channel-${index}`, index]));
    const text = JSON.stringify([
      reading,
      { ...reading, stream: 'x' },
      { ...reading, values: { t: '1' } },
      7,
      { ...reading, values: huge },
    ]);
    const reply = await post(text.replace(/\]$/, `,${JSON.stringify(reading).replace('1}', '1e999}')}]`));
    const body = reply.body as { accepted: number; rejected: { index: number; code: string }[] };
    expect([reply.status, body.accepted]).toEqual([207, 1]);
    expect(body.rejected.map(({ index, code }) => [index, code])).toEqual([
      [1, 'WRONG_TYPE'],
      [2, 'WRONG_TYPE'],
      [3, 'WRONG_TYPE'],
      [4, 'TOO_LARGE'],
      [5, 'NOT_FINITE'],
    ]);
    expect(log.records).toHaveLength(1);
  });

  test('of a hundred thousands of values are refused before these are looked at', async () => {
    const values = Object.fromEntries(Array.from({ length: 250_000 }, (_, at) => [`c${at}`, 'x']));
    // Looking at each takes several seconds, in which nothing else is done; the first would be WRONG_TYPE.
    expect(await post([{ ...reading, values }])).toMatchObject({
      status: 400,
      body: { rejected: [{ code: 'TOO_LARGE' }] },
    });
  });

  test('of which none can be used are answered with 400, and nothing is sent', async () => {
    expect(await post([{}])).toMatchObject({
      status: 400,
      body: { accepted: 0, rejected: [{ index: 0, code: 'WRONG_TYPE' }] },
    });
    expect(log.records).toEqual([]);
  });

  test.each([
    ['no list', {}, 400, 'INVALID_REQUEST'],
    ['too many', Array.from({ length: 10_001 }, () => 0), 400, 'INVALID_REQUEST'],
  ])('are refused whole: %s', async (_, body, status, code) => {
    expect(await post(body)).toMatchObject({ status, body: { code } });
  });

  test('of a stream that nobody has defined are refused; one that was defined elsewhere is found', async () => {
    const url = '/v1/streams/kiln/readings';
    expect(await call('POST', url, [reading])).toMatchObject({
      status: 404,
      body: { code: 'NO_SUCH_STREAM' },
    });
    log.records.push({
      topic: 'streams',
      key: 'kiln',
      value: JSON.stringify({ stream: 'kiln', ...weather }),
    });
    expect((await call('POST', url, [reading])).status).toBe(202);
  });

  test('are not said to be accepted when Kafka is away', async () => {
    log.broken = true;
    expect(await post([reading])).toMatchObject({ status: 503, body: { code: 'BROKER_UNAVAILABLE' } });
  });
});
