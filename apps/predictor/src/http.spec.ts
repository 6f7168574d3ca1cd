import 'reflect-metadata';
import { request } from 'node:http';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  durationMs,
  type Forecast,
  formatTime,
  RecentView,
  seriesKey,
  SeriesView,
  StreamDefinition,
} from '#contracts';
import type { InputRecord } from '#kafka';
import { createLogger, ErrorFilter } from '#platform';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../../../test/until.js';
import { ForecastFeed } from './forecast-feed.js';
import { ForecastsController } from './forecasts.controller.js';
import { LatestForecasts } from './latest-forecasts.js';
import { RecentRecords } from './recent-records.js';
import { digestOf } from './series-facts.js';
import { encodeSeries, fingerprintOf } from './series-record.js';
import { SeriesViews } from './series-views.js';

const HOUR = 3_600_000;
const at = (hour: number) => formatTime(hour * HOUR);
const definition = StreamDefinition.parse({
  stream: 'mill',
  frequency: '1h',
  lookback: 8,
  horizon: 2,
  channels: [{ name: 'speed' }, { name: 'load' }],
});
let known: StreamDefinition[];
let lookUp: () => Promise<void>;
const states = new Map<string, Buffer>();
const definitions = {
  get: (stream: string) => known.find((one) => one.stream === stream) ?? null,
  catchUp: async () => {
    await lookUp();
    known = [definition];
  },
};

const feed = new ForecastFeed();
let frames: RecentRecords;
const forecasts = new LatestForecasts(states);
let app: NestFastifyApplication;
let url: string;
let views: SeriesViews;

const record = (series: string, value: string): InputRecord => ({
  topic: 'any',
  partition: 0,
  offset: 0n,
  timestamp: 0,
  key: Buffer.from(seriesKey('mill', series)),
  value: Buffer.from(value),
  headers: {},
});
const frame = (series: string, hour: number, values: object) =>
  record(series, JSON.stringify({ stream: 'mill', series, time: at(hour), values }));
const path = { point: [1, 2], quantiles: { '0.05': [0, 1], '0.95': [2, 3] } };
const forecast = (series: string, hour: number): Forecast => ({
  stream: 'mill',
  series,
  origin: at(hour),
  frequencyMs: HOUR,
  horizon: 2,
  model: { kind: 'kalman', version: 'kalman-0' },
  warmingUp: { have: 3, need: 9 },
  unobserved: ['load'],
  channels: { speed: path, load: path },
});
const remember = (series: string, first: number, last: number, of = definition) =>
  states.set(
    seriesKey('mill', series),
    digestOf({
      key: Buffer.from(seriesKey('mill', series)),
      value: Buffer.from(
        encodeSeries({
          fingerprint: fingerprintOf(of),
          seen: 0,
          life: null,
          memory: { first, last, scores: {} },
          frames: [],
          forecasts: [],
          latest: null,
        }),
      ),
      partition: 0,
    }),
  );
async function get(where: string) {
  const answer = await fetch(url + where);
  return { status: answer.status, body: await answer.json() };
}

beforeAll(async () => {
  const parts = {
    definitions,
    states: { entries: () => states },
    frames: { of: (key: string) => frames.of(key) } as RecentRecords,
    forecasts,
  };
  views = new SeriesViews(parts);
  const module = await Test.createTestingModule({
    controllers: [ForecastsController],
    providers: [
      { provide: SeriesViews, useValue: views },
      { provide: ForecastFeed, useValue: feed },
    ],
  }).compile();
  const adapter = new FastifyAdapter({ forceCloseConnections: true });
  app = module.createNestApplication<NestFastifyApplication>(adapter, { logger: false });
  app.useGlobalFilters(
    new ErrorFilter(createLogger({ name: 'test', level: 'fatal', write: () => undefined, pretty: false })),
  );
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(() => app.close());
beforeEach(() => {
  known = [];
  lookUp = () => Promise.resolve();
  states.clear();
  frames = new RecentRecords(10, 100);
});

test('series: by name, those that have been forecast, also of a stream that was defined a moment ago', async () => {
  for (const series of ['b', 'a/1', 'silent']) remember(series, 5, 7);
  states.set('other/x', Buffer.from('{}'));
  forecasts.take(['b', 'a/1'].map((series) => record(series, JSON.stringify(forecast(series, 7)))));
  const { status, body } = await get('/v1/streams/mill/series');
  expect(status).toBe(200);
  const views = SeriesView.array().parse(body);
  expect(views.map(({ series }) => series)).toEqual(['a/1', 'b']);
  expect(views[0]).toEqual({
    series: 'a/1',
    lastFrame: at(7),
    steps: 3,
    model: { kind: 'kalman', version: 'kalman-0' },
    warmingUp: { have: 3, need: 9 },
  });
});

test('series: a list of thousands leaves the event loop to others', async () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `s${index}`);
  for (const series of names) remember(series, 5, 7);
  forecasts.take(names.map((series) => record(series, JSON.stringify(forecast(series, 7)))));
  let turns = 0;
  let isOver = false;
  const others = () => {
    turns += 1;
    if (!isOver) setImmediate(others);
  };
  setImmediate(others);
  const list = await views.list('mill');
  isOver = true;
  expect(list).toHaveLength(2_000);
  expect(turns).toBeGreaterThan(30);
});

test('forecast: the newest one, of a series with whatever name', async () => {
  remember('a/1', 1, 2);
  forecasts.take([1, 2].map((hour) => record('a/1', JSON.stringify(forecast('a/1', hour)))));
  expect(await get('/v1/streams/mill/series/a%2F1/forecast')).toEqual({
    status: 200,
    body: forecast('a/1', 2),
  });
});

test('of a stream that was deleted and defined anew nothing of its old life is told', async () => {
  const { frequency: _frequency, channels: _channels, expireAfter: _expiry, ...same } = definition;
  const before = [
    { ...same, channels: [{ name: 'speed' }, { name: 'load' }], frequency: '5m' },
    { ...same, channels: [{ name: 'speed' }], frequency: '1h' },
    { ...same, channels: [{ name: 'speed' }, { name: 'weight' }], frequency: '1h' },
    { ...same, channels: definition.channels, frequency: '1h', horizon: 3 },
  ].map((one) => StreamDefinition.parse(one));
  const told = async () => [
    (await get('/v1/streams/mill/series')).body,
    (await get('/v1/streams/mill/series/a/forecast')).status,
  ];
  const made = (of: StreamDefinition) => ({
    ...forecast('a', 7),
    frequencyMs: durationMs(of.frequency),
    horizon: of.horizon,
    channels: Object.fromEntries(of.channels.map(({ name }) => [name, path])),
  });
  for (const of of before) {
    remember('a', 5, 7, of);
    forecasts.take([record('a', JSON.stringify(made(of)))]);
    expect(await told()).toEqual([[], 404]);
  }
  remember('a', 5, 7);
  forecasts.take([record('a', JSON.stringify(made(definition)))]);
  expect(await told()).toMatchObject([[{ series: 'a', lastFrame: at(7) }], 200]);

  frames.take([frame('b', 3, { weight: 1 })]);
  expect((await get('/v1/streams/mill/series/b/recent')).status).toBe(404);
});

test('recent: what was served, on the grid; records that were put aside do not show', async () => {
  frames.take([
    frame('a', 3, { speed: 1, load: null }),
    record('a', '{"stream":'),
    record('a', '{"stream":"mill"}'),
    frame('a', 6, { speed: 2, load: 5 }),
    frame('a', 4, { speed: 9, load: 9 }),
  ]);
  const { status, body } = await get('/v1/streams/mill/series/a/recent');
  expect(status).toBe(200);
  expect(RecentView.parse(body)).toEqual({
    from: at(3),
    frequencyMs: HOUR,
    values: { speed: [1, null, null, 2], load: [null, null, null, 5] },
  });
});

test('recent: before a gap that would blow the answer up is history', async () => {
  frames.take([frame('a', 0, { speed: 1 }), frame('a', 100_000, { speed: 2 })]);
  const { from, values } = RecentView.parse((await get('/v1/streams/mill/series/a/recent')).body);
  expect(values['speed']).toHaveLength(108);
  expect([values['speed']?.at(-1), Date.parse(from)]).toEqual([2, (100_000 - 107) * HOUR]);
});

test.each([
  ['/v1/streams/nobody/series', 'NO_SUCH_STREAM'],
  ['/v1/streams/nobody/series/a/forecast', 'NO_SUCH_STREAM'],
  ['/v1/streams/mill/series/never/forecast', 'NO_SUCH_SERIES'],
  ['/v1/streams/mill/series/a/recent', 'NO_SUCH_SERIES'],
  ['/v1/forecasts/events?stream=nobody', 'NO_SUCH_STREAM'],
  ['/v1/nothing', 'INVALID_REQUEST'],
])('%s is answered with 404 and %s', async (where, code) => {
  expect(await get(where)).toEqual({
    status: 404,
    body: { code, message: expect.stringMatching(/\S/) as string },
  });
});

test('events: a parameter that is repeated is refused, and says which', async () => {
  expect(await get('/v1/forecasts/events?stream=mill&stream=other')).toEqual({
    status: 400,
    body: { code: 'INVALID_REQUEST', message: '"stream" may be given once only' },
  });
});

test('events: one listener more than there may be is told so', async () => {
  const ends = Array.from({ length: 256 }, () =>
    feed.listen({}, { write: () => true, onDrained: () => undefined }),
  );
  const { status, body } = await get('/v1/forecasts/events');
  ends.forEach((end) => end());
  expect([status, (body as { code: string }).code]).toEqual([503, 'TOO_MANY_LISTENERS']);
});

test('events: a reader that goes while its stream is looked up leaves no listener behind', async () => {
  const asked = new Promise<() => void>((tell) => {
    lookUp = () => new Promise((found) => tell(found));
  });
  const left = new Promise((resolve) =>
    app.getHttpServer().once('connection', (socket) => socket.once('close', resolve)),
  );
  // A connection of its own.
  const reader = request(`${url}/v1/forecasts/events?stream=mill`, { agent: false });
  reader.on('error', () => undefined).end();
  const found = await asked;
  reader.destroy();
  await left;
  found();
  await new Promise(setImmediate);
  expect(feed.size).toBe(0);
});

test('events: those of the stream and series that are asked for, until the reader goes', async () => {
  const ending = new AbortController();
  const answer = await fetch(`${url}/v1/forecasts/events?stream=mill&series=a%2F1`, {
    signal: ending.signal,
  });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const said = async (end: string) => {
    let text = '';
    while (!text.endsWith(end)) text += decoder.decode((await reader.read()).value, { stream: true });
    return text;
  };
  expect(await said('\n\n')).toBe(': forecasts\n\n');
  feed.take(['b', 'a/1'].map((series) => record(series, JSON.stringify(forecast(series, 1)))));
  feed.beat();
  const events = await said(': \n\n');
  expect(events).toBe(`event: forecast\ndata: ${JSON.stringify(forecast('a/1', 1))}\n\n: \n\n`);
  expect(feed.size).toBe(1);
  ending.abort();
  await until('nobody is fed', () => feed.size === 0);
});
