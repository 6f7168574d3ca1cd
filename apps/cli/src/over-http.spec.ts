import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Forecast, ModelsView, PublishedView, Reading, TrainingJobView } from '#contracts';
import { csvFolder } from './csv/testing/written-csv.js';
import { Interrupted } from './failures.js';
import { forecastTable } from './forecasts.js';
import { versionTable } from './models.js';
import { runProgram } from './run-program.js';
import { DEFINITION, fakeRollcast, VIEW } from './testing/fake-rollcast.js';
import { recordedContext } from './testing/recorded-console.js';

const write = csvFolder(afterAll);
const server = fakeRollcast();
let url = '';
let jobs: TrainingJobView[] = [];
const asked: { method: string; url: string; body: unknown }[] = [];

const score = { mae: 0.4144, mse: 0.44, coverage: 0.903, skill: 0.31, truths: 9 };
const models: ModelsView = {
  champion: {
    type: 'champion',
    stream: 'weather',
    version: 'cmamba-3f9a1c20d4e5',
    by: 'gate',
    reason: 'lowest MAE',
    createdAt: '2026-11-24T10:00:00.000Z',
  },
  versions: [
    {
      type: 'version',
      stream: 'weather',
      version: 'cmamba-3f9a1c20d4e5',
      kind: 'cmamba',
      verdict: 'promoted',
      reason: 'MAE 0.414 against 0.450 of ridge on the slice that was held back',
      artifact: { name: 'x', sha256: 'y' },
      trainedOn: [],
      framesUntil: '2013-10-19T05:00:00.000Z',
      seed: 1,
      scores: { cmamba: score },
      job: 'j-1',
      createdAt: '2026-11-24T10:00:00.000Z',
    },
  ],
  refusals: [
    {
      type: 'refusal',
      stream: 'weather',
      partition: 3,
      version: 'cmamba-00',
      problem: 'the artifact is missing',
    },
  ],
};

const forecast: Forecast = {
  stream: 'weather',
  series: 'EWR',
  origin: '2013-01-05T06:00:00.000Z',
  frequencyMs: 3_600_000,
  horizon: 3,
  model: { kind: 'kalman', version: 'kalman-0' },
  warmingUp: { have: 30, need: 288 },
  unobserved: ['hpa'],
  channels: {
    celsius: { point: [1, 2, 3], quantiles: { '0.05': [0, 0, 0], '0.95': [4, 5, 6] } },
    hpa: {
      point: [1_000, 1_001, 1_002],
      quantiles: { '0.05': [990, 990, 990], '0.95': [1_010, 1_010, 1_010] },
    },
  },
};

function job(change: Partial<TrainingJobView>): TrainingJobView {
  return {
    job: 'j-1',
    state: 'running',
    requestedBy: 'person',
    requestedAt: '2026-11-24T10:00:00.000Z',
    finishedAt: null,
    progress: null,
    verdict: null,
    problem: null,
    ...change,
  };
}

let rejected: PublishedView['rejected'] = [];

beforeAll(async () => {
  server.addHook(
    'preHandler',
    async ({ method, url: path, body }) => void asked.push({ method, url: path, body }),
  );
  server.put('/v1/streams/:stream', async () => VIEW);
  server.delete('/v1/streams/:stream', async (_, reply) => reply.status(204).send());
  server.get('/v1/streams/weather/models', async () => models);
  server.put('/v1/streams/weather/models/champion', async (request, reply) => {
    const { version } = request.body as { version: string };
    return version === 'cmamba-3f9a1c20d4e5'
      ? models
      : reply.status(404).send({ code: 'NO_SUCH_VERSION', message: `no model version "${version}"` });
  });
  server.post('/v1/streams/weather/readings', async ({ body }) => ({
    accepted: (body as unknown[]).length - rejected.length,
    rejected,
  }));
  server.post('/v1/streams/weather/training-jobs', async () => job({ state: 'waiting' }));
  server.get('/v1/streams/weather/training-jobs/j-1', async () => (jobs.length > 1 ? jobs.shift() : jobs[0]));
  server.get('/v1/streams/:stream/series', async (request) =>
    (request.params as { stream: string }).stream === 'weather'
      ? [{ series: 'EWR', lastFrame: forecast.origin, steps: 30, model: forecast.model, warmingUp: null }]
      : [],
  );
  server.get('/v1/streams/weather/series/EWR/forecast', async () => forecast);
  server.get('/v1/streams/weather/series/NOPE/forecast', async (_, reply) =>
    reply.status(404).send({ code: 'NO_SUCH_SERIES', message: 'no forecast of series "NOPE" yet' }),
  );
  server.get('/v1/forecasts/events', async (_, reply) => {
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write(`event: forecast\ndata: ${JSON.stringify({ ...forecast, series: 'JFK' })}\n\n`);
    return reply.hijack();
  });
  url = await server.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => server.close());

async function rollcast(...args: string[]) {
  const context = recordedContext();
  const code = await runProgram([...args, '--url', url], context);
  const { printed, said } = context.console;
  return { code, printed: printed.join('\n'), said: said.join('\n') };
}

describe('stream', () => {
  test('list shows what a series costs', async () => {
    const { code, printed } = await rollcast('stream', 'list');
    expect(code).toBe(0);
    expect(printed).toMatch(/^weather +celsius, hpa +1h +96 +24 +73.2 KiB$/m);
    expect(JSON.parse((await rollcast('stream', 'list', '--json')).printed)).toEqual([VIEW]);
  });

  test('show gives what put takes', async () => {
    const shown = (await rollcast('stream', 'show', 'weather')).printed;
    const file = write(shown);
    expect((await rollcast('stream', 'put', 'weather', file)).code).toBe(0);
    const { stream: _, ...body } = DEFINITION;
    expect(asked.at(-1)).toEqual({ method: 'PUT', url: '/v1/streams/weather', body });
    const other = await rollcast('stream', 'put', 'other', file);
    expect(other).toMatchObject({ code: 1, printed: '' });
    expect(other.said).toContain('defines "weather", not "other"');
  });

  test.each([
    ['{', /cannot read a definition/],
    ['[]', /holds no definition/],
  ])('put refuses %s before it asks', async (text, message) => {
    const file = write('');
    writeFileSync(file, text);
    const { code, said } = await rollcast('stream', 'put', 'weather', file);
    expect(code).toBe(1);
    expect(said).toMatch(message);
  });

  test('what does not exist is said in the words of the service; delete deletes', async () => {
    const { code, said } = await rollcast('stream', 'show', 'nowhere');
    expect({ code, said }).toEqual({ code: 1, said: 'rollcast: no stream "nowhere"' });
    expect((await rollcast('stream', 'delete', 'weather')).code).toBe(0);
    expect(asked.at(-1)).toMatchObject({ method: 'DELETE' });
  });
});

describe('replay to a base URL, with no Kafka named', () => {
  const file = () => write('station,time,celsius,hpa\nJFK,2013-01-01 00:00,1,2\nJFK,2013-01-01 01:00,3,4\n');

  test('sends the readings over HTTP, too', async () => {
    const { code, said } = await rollcast('replay', file(), '--stream', 'weather');
    expect({ code, said }).toMatchObject({ code: 0 });
    expect(said).toContain(`readings go over HTTP to ${url}`);
    const { body } = asked.findLast(({ url: path }) => path === '/v1/streams/weather/readings') ?? {};
    const sent = (body as Reading[]).map(({ series, values }) => [series, values ?? 'tick']);
    expect(sent).toEqual([
      ['JFK', { celsius: 1, hpa: 2 }],
      ['JFK', { celsius: 3, hpa: 4 }],
      ['JFK', 'tick'],
    ]);
  });

  test('ends with what the service refuses', async () => {
    rejected = [{ index: 0, code: 'TOO_LARGE', message: 'too large' }];
    const { code, said } = await rollcast('replay', file(), '--stream', 'weather');
    rejected = [];
    expect(code).toBe(1);
    expect(said).toContain('1 readings were refused, the first: too large');
  });
});

describe('train', () => {
  const verdict = {
    promoted: true,
    version: 'cmamba-3f9a1c20d4e5',
    kind: 'cmamba' as const,
    reason: 'MAE 0.414',
  };

  test('--wait ends with the verdict and 0, also for a challenger that lost', async () => {
    jobs = [job({}), job({ state: 'completed', verdict })];
    expect(await rollcast('train', 'weather', '--wait', '--seed', '3')).toMatchObject({
      code: 0,
      printed: 'cmamba-3f9a1c20d4e5 serves from the next frame on: MAE 0.414',
      said: expect.stringMatching(/it has seen frames up to 2013-10-19 05:00/) as string,
    });
    expect(asked.find(({ url: path }) => path.endsWith('/training-jobs'))?.body).toEqual({ seed: 3 });
    jobs = [job({ state: 'completed', verdict: { ...verdict, promoted: false } })];
    expect((await rollcast('train', 'weather', '--wait')).printed).toContain('is not taken');
  });

  test('--wait ends with 1 and the reason when there is no verdict', async () => {
    const problem = { code: 'INSUFFICIENT_HISTORY', message: '12 of 720 frames' };
    jobs = [job({ state: 'failed', problem })];
    const failed = await rollcast('train', 'weather', '--wait', '--json');
    expect(failed.code).toBe(1);
    expect(failed.said).toContain('the training has failed: 12 of 720 frames (INSUFFICIENT_HISTORY)');
    expect(JSON.parse(failed.printed)).toMatchObject({ state: 'failed', problem });
    jobs = [job({ state: 'cancelled' })];
    expect((await rollcast('train', 'weather', '--wait')).said).toContain('the training was cancelled');
  });

  test('without --wait it says the job', async () => {
    expect(await rollcast('train', 'weather')).toMatchObject({ code: 0, printed: 'j-1' });
  });
});

describe('models', () => {
  test('are shown with the champion marked, in eighty columns, and refusals below', async () => {
    const { printed, said } = await rollcast('models', 'weather');
    const [, line = ''] = printed.split('\n');
    expect(line).toMatch(/^\* +cmamba-3f9a1c20d4e5 +2026-11-24 10:00 +0\.414 +31\.0 % +90\.3 % +promoted?…?/);
    expect(line.length).toBeLessThanOrEqual(80);
    expect(said).toContain('partition 3 refused cmamba-00: the artifact is missing');
  });

  test('name kalman-0 where it serves, which no record tells of', () => {
    const [, , last = ''] = versionTable({ ...models, champion: null }, 100);
    expect(last).toMatch(/^\* +kalman-0 .*needs no training/);
    expect(versionTable(models, 100).join()).not.toContain('kalman-0');
  });

  test('--use asks for the version and tells a refusal', async () => {
    expect((await rollcast('models', 'weather', '--use', 'cmamba-3f9a1c20d4e5')).code).toBe(0);
    expect(await rollcast('models', 'weather', '--use', 'ridge-0')).toMatchObject({
      code: 1,
      said: 'rollcast: no model version "ridge-0"',
    });
  });
});

describe('forecasts', () => {
  test('are a table a series at the leads that are judged', async () => {
    const { code, printed } = await rollcast('forecasts', 'weather');
    expect(code).toBe(0);
    expect(printed).toContain('EWR after 2013-01-05 06:00, by kalman-0, warming up (30 of 288 frames)');
    expect(printed).toMatch(/^channel +2013-01-05 07:00 +2013-01-05 08:00 +2013-01-05 09:00$/m);
    expect(printed).toMatch(/^hpa +1000 \(990\.\.1010\) +1001 \(990\.\.1010\) +1002 \(990\.\.1010\)$/m);
    expect(printed).toContain('not observed at the origin: hpa');
  });

  test('of long horizons keep the first and the last lead where all do not fit', () => {
    const path = Array.from({ length: 96 }, (_, step) => 1_000.25 + step);
    const channels = { celsius: { point: path, quantiles: { '0.05': path, '0.95': path } } };
    const [, titles = '', line = ''] = forecastTable({ ...forecast, horizon: 96, channels }, 80);
    expect(titles).toMatch(/^channel +2013-01-05 07:00 +2013-01-09 06:00$/);
    expect(line).toContain('1095.25 (1095.25..1095.25)');
    expect(line.length).toBeLessThanOrEqual(80);
  });

  test('--json is a line a forecast, as it is on the topic', async () => {
    expect((await rollcast('forecasts', 'weather', '--json')).printed).toBe(JSON.stringify(forecast));
  });

  test('--follow shows new ones until Ctrl-C, which is its end', async () => {
    const pressed = new AbortController();
    const context = recordedContext({}, pressed.signal);
    const print = (text: string) => {
      context.console.printed.push(text);
      if (text.includes('JFK')) pressed.abort(new Interrupted('SIGINT'));
    };
    const following = { ...context, console: { ...context.console, print } };
    expect(await runProgram(['forecasts', 'weather', '--follow', '--json', '--url', url], following)).toBe(0);
    expect(context.console.printed).toHaveLength(2);
  });

  test('of a series that is not there are a failure that names those that are', async () => {
    expect(await rollcast('forecasts', 'weather', '--series', 'NOPE')).toMatchObject({
      code: 1,
      said: 'rollcast: stream "weather" has no series "NOPE"; it has EWR',
    });
  });

  test('none yet is a failure that says when the first comes', async () => {
    const { code, said } = await rollcast('forecasts', 'empty');
    expect({ code, said }).toEqual({ code: 1, said: 'rollcast: no stream "empty"' });
  });
});
