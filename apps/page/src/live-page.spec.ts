import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Forecast,
  type ModelsView,
  type SeriesView,
  type StreamView,
  type TrainingJobView,
} from '#contracts';
import { LivePage, type Source } from './live-page.js';
import { type LiveListener } from './live-series.js';
import { HeldClock, settle } from './testing/held-clock.js';

const NO_MODELS: ModelsView = { champion: null, versions: [], refusals: [] };
const series = (name: string): SeriesView => ({
  series: name,
  lastFrame: '2026-01-01T00:00:00.000Z',
  steps: 1,
  model: { kind: 'kalman', version: 'kalman-0' },
  warmingUp: null,
});
const job = (state: TrainingJobView['state']) => ({ job: '1', state }) as TrainingJobView;
const forecast = { stream: 'a', series: 'x', model: { version: 'v' } } as Forecast;

let clock: HeldClock;
let hash: string;
/** Series by stream. */
let world: Record<string, string[]>;
let jobs: (stream: string) => Promise<TrainingJobView[]>;
/** Questions, with the time at which they were asked. */
let asked: string[];
/** What the views were told. */
let told: string[];
let notices: Map<string, string | null>;
let live: { readonly name: string; readonly listener: LiveListener; open: boolean }[];
let page: LivePage;

beforeEach(() => {
  clock = new HeldClock();
  hash = '';
  world = { a: ['x', 'y'], b: ['z'] };
  jobs = () => Promise.resolve([]);
  asked = [];
  told = [];
  notices = new Map();
  live = [];
  const ask = <T>(what: string, answer: T): Promise<T> => {
    asked.push(`${what} at ${clock.now}`);
    return Promise.resolve(answer);
  };
  const source: Source = {
    streams: () =>
      ask(
        'streams',
        Object.keys(world).map((stream) => ({ definition: { stream } }) as StreamView),
      ),
    series: (stream) => ask(`series of ${stream}`, (world[stream] ?? []).map(series)),
    trainingJobs: (stream) => ask('jobs', null).then(() => jobs(stream)),
    models: () => ask('models', NO_MODELS),
    train: (stream) => ask(`train ${stream}`, job('waiting')),
    cancel: (stream, name) => ask(`cancel ${stream} ${name}`, null),
  };
  const nothing = () => {};
  page = new LivePage(
    source,
    {
      notices: { set: (what, sentence) => notices.set(what, sentence) },
      list: { show: nothing },
      chosen: { open: (_, name) => told.push(`series ${name}`), show: nothing, about: nothing },
      training: { show: (shown) => told.push(`jobs ${shown.length}`), reset: nothing },
      models: { show: () => told.push('models'), reset: nothing },
      frame: {
        stage: (stage, guide) => told.push(`stage ${stage}${guide === null ? '' : ' with a guide'}`),
        title: nothing,
        connection: nothing,
        running: nothing,
        forecastDrawn: () => told.push('drawn'),
      },
    },
    {
      timers: clock,
      now: () => clock.now,
      hash: () => hash,
      guide: () => ({}) as HTMLElement,
      open: (stream, name, listener) => {
        const one = { name: `${stream}/${name}`, listener, open: true };
        live.push(one);
        return () => {
          one.open = false;
        };
      },
    },
  );
});

const openNow = () => live.filter(({ open }) => open).map(({ name }) => name);
const count = (what: string) => asked.filter((one) => one.startsWith(what)).length;

test.each<[string, Record<string, string[]>, string]>([
  ['no stream is there', {}, 'stage no-stream with a guide'],
  ['the stream has no series', { a: [] }, 'stage no-series with a guide'],
  ['there is a series', { a: ['x'] }, 'stage series'],
])('where %s, the page says so, once', async (_, streams, stage) => {
  world = streams;
  page.show();
  await clock.move(10_000);
  expect(told.filter((line) => line.startsWith('stage'))).toEqual([stage]);
});

describe('another choice', () => {
  test('closes the series before it, and opens the one that the address means', async () => {
    page.show();
    await settle();
    expect(openNow()).toEqual(['a/x']);
    hash = '#/b/z';
    page.choose();
    expect(openNow()).toEqual(['b/z']);
    page.choose();
    expect(live.map(({ name }) => name)).toEqual(['a/x', 'b/z']);
  });

  test('drops an answer that belongs to the choice before it', async () => {
    let late: (answer: TrainingJobView[]) => void = () => {};
    jobs = (stream) =>
      stream === 'a' ? new Promise((resolve) => (late = resolve)) : Promise.resolve([job('failed')]);
    page.show();
    await settle();
    hash = '#/b/z';
    page.choose();
    late([job('failed'), job('failed')]);
    await clock.move(100);
    expect(told).not.toContain('jobs 2');
    expect(told).toContain('jobs 1');
  });
});

test('while hidden the page asks for nothing and holds no connection; then it goes on', async () => {
  page.show();
  await settle();
  page.hide();
  asked = [];
  await clock.move(60_000);
  expect([asked, openNow()]).toEqual([[], []]);
  page.show();
  await settle();
  expect(openNow()).toEqual(['a/x']);
  expect(count('streams')).toBe(1);
});

test('the chosen stream is listed with every question, another one every fifteen seconds', async () => {
  page.show();
  await clock.move(14_000);
  expect([count('series of a'), count('series of b')]).toEqual([5, 1]);
  await clock.move(1_000);
  expect([count('series of a'), count('series of b')]).toEqual([6, 2]);
});

test('while a training is open its jobs are asked for every second, and its end asks for the models at once', async () => {
  let state: TrainingJobView['state'] = 'running';
  jobs = () => Promise.resolve([job(state)]);
  page.show();
  await clock.move(900);
  asked = [];
  await clock.move(3_000);
  expect([count('jobs'), count('models')]).toEqual([3, 0]);
  state = 'completed';
  await clock.move(1_000);
  expect([count('jobs'), count('models')]).toEqual([4, 1]);
});

test('a question that fails is a notice until it is answered', async () => {
  jobs = () => Promise.reject(new Error('no answer'));
  page.show();
  await settle();
  expect(notices.get('training jobs')).toBe('no answer');
  jobs = () => Promise.resolve([]);
  await clock.move(15_000);
  expect(notices.get('training jobs')).toBeNull();
});

test('a forecast is drawn once, and one of another version asks for the models', async () => {
  page.show();
  await settle();
  asked = [];
  const picture = { observed: null, forecast };
  live[0]?.listener.picture(picture);
  live[0]?.listener.picture({ ...picture });
  await settle();
  expect(told.filter((line) => line === 'drawn')).toHaveLength(1);
  expect(count('models')).toBe(1);
});

test('a training is asked for and cancelled in the chosen stream, and the jobs are looked at again', async () => {
  await page.train();
  expect(asked).toEqual([]);
  page.show();
  await settle();
  asked = [];
  await page.train();
  await clock.move(0);
  await page.cancel('1');
  await clock.move(0);
  expect(asked).toEqual(['train a at 0', 'jobs at 0', 'cancel a 1 at 0', 'jobs at 0']);
});
