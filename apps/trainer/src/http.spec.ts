import 'reflect-metadata';
import {
  ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ModelRecord, ModelsView, ownerOf, RollcastError, TrainingJobView } from '#contracts';
import { DEFINITIONS } from '#kafka';
import { registerBoard } from './board.js';
import { ModelsController } from './models.controller.js';
import { type GaugeMaker, registerQueueMetrics } from './queue-metrics.js';
import { Schedules } from './schedules.js';
import { OwnRedis } from './testing/own-redis.js';
import { TrainerBench } from './testing/trainer-bench.js';
import { jobId } from './training-job-view.js';
import { TrainingController } from './training.controller.js';
import { CHAMPION_ANNOUNCER, MODEL_RECORDS, TRAININGS } from './wiring.js';

@Catch(RollcastError)
class AsErrorView implements ExceptionFilter<RollcastError> {
  catch({ code, message, status }: RollcastError, host: ArgumentsHost) {
    const reply = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): void } }>();
    reply.status(status).send({ code, message });
  }
}

/** As the module does it: the adapter is there, and the server does not listen yet. */
@Injectable()
class BoardAtStart implements OnModuleInit {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost<FastifyAdapter>) {}
  onModuleInit() {
    return registerBoard(this.host.httpAdapter.getInstance(), bench.link, [
      bench.queue.queue,
      schedules.queue,
    ]);
  }
}

let redis: OwnRedis;
let bench: TrainerBench;
let app: NestFastifyApplication;
let schedules: Schedules;
let records: ModelRecord[] = [];
/** Defined, but not yet known to this process. */
let onTheirWay: string[] = [];

beforeAll(async () => {
  redis = await OwnRedis.start();
  bench = await new TrainerBench(redis.url).ready();
  schedules = new Schedules({
    link: bench.link,
    keys: bench.keys,
    definitions: { all: () => bench.definitions.values(), onChange: () => () => undefined },
    trainings: bench.queue,
  });
  const module = await Test.createTestingModule({
    controllers: [TrainingController, ModelsController],
    providers: [
      BoardAtStart,
      { provide: TRAININGS, useValue: bench.queue },
      {
        provide: DEFINITIONS,
        useValue: {
          get: (stream: string) => bench.definitions.get(stream) ?? null,
          catchUp: async () => bench.define(...onTheirWay),
        },
      },
      {
        provide: MODEL_RECORDS,
        useValue: { records: (name: string) => records.filter(({ stream }) => stream === name) },
      },
      {
        provide: CHAMPION_ANNOUNCER,
        useValue: {
          announce: async (record: ModelRecord) => {
            records = [...records.filter(({ type }) => type !== 'champion'), record];
          },
        },
      },
    ],
  }).compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  app.useGlobalFilters(new AsErrorView());
  await app.init();
});
afterAll(async () => {
  await app.close();
  await schedules.stop();
  await bench.close();
  await redis.stop();
});
beforeEach(async () => {
  await bench.link.client.flushall();
  bench.definitions.clear();
  bench.define('a');
  onTheirWay = [];
  records = [];
});

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';
async function call(method: Method, url: string, payload?: object | string) {
  const body = payload === undefined ? {} : { payload, headers: { 'content-type': 'application/json' } };
  const reply = await app.inject({ method, url, ...body });
  const json = String(reply.headers['content-type']).includes('json');
  return { status: reply.statusCode, body: json ? reply.json<unknown>() : reply.body, reply };
}

const version = (name: string, createdAt: string): ModelRecord => ({
  type: 'version',
  stream: 'a',
  version: name,
  kind: 'ridge',
  verdict: 'promoted',
  reason: 'it is best',
  artifact: { name: `a/${name}`, sha256: '00' },
  trainedOn: [],
  framesUntil: createdAt,
  seed: 1,
  scores: {},
  job: null,
  createdAt,
});

describe('training jobs', () => {
  const jobs = '/v1/streams/a/training-jobs';

  test('a request is accepted, shown, listed, cancelled', async () => {
    const asked = await call('POST', jobs, { seed: 3 });
    expect(asked.status).toBe(202);
    const view = TrainingJobView.parse(asked.body);
    expect(view).toMatchObject({ state: 'waiting', requestedBy: 'person', verdict: null, finishedAt: null });
    expect(await call('GET', `${jobs}/${view.job}`)).toMatchObject({ status: 200, body: view });
    expect(await call('GET', jobs)).toMatchObject({ status: 200, body: [view] });
    expect((await call('POST', jobs)).body).toMatchObject({ job: view.job });
    const cancelled = await call('DELETE', `${jobs}/${view.job}`);
    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect(await call('GET', jobs)).toMatchObject({ body: [{ job: view.job, state: 'cancelled' }] });
  });

  test.each([
    ['a seed that is none', { seed: -1 }, /seed/],
    ['a field that nobody knows', { speed: 1 }, /speed/],
    ['a list', [], /must be an object, not a list/],
  ])('%s is INVALID_REQUEST', async (_what, body, message) => {
    const { status, body: answer } = await call('POST', jobs, body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({ code: 'INVALID_REQUEST' });
    expect((answer as { message: string }).message).toMatch(message);
    expect(await bench.queue.list('a')).toEqual([]);
  });

  test('an unknown stream and an unknown job are 404, a stream defined a moment ago is known', async () => {
    for (const [method, url, code] of [
      ['POST', '/v1/streams/no/training-jobs', 'NO_SUCH_STREAM'],
      ['GET', '/v1/streams/no/training-jobs', 'NO_SUCH_STREAM'],
      ['GET', `${jobs}/nothing`, 'NO_SUCH_JOB'],
      ['DELETE', `${jobs}/nothing`, 'NO_SUCH_JOB'],
      ['GET', '/v1/streams/no/models', 'NO_SUCH_STREAM'],
    ] as const) {
      expect(await call(method, url)).toMatchObject({ status: 404, body: { code } });
    }
    onTheirWay = ['new'];
    expect((await call('POST', '/v1/streams/new/training-jobs')).status).toBe(202);
  });
});

describe('models', () => {
  const models = '/v1/streams/a/models';

  test('the newest version comes first, champion and refusals beside it', async () => {
    records = [
      version('ridge-aa', '2026-01-01T00:00:00.000Z'),
      version('ridge-bb', '2026-01-02T00:00:00.000Z'),
      {
        type: 'switch',
        stream: 'a',
        partition: 0,
        version: 'ridge-aa',
        frameOffset: '7',
        partitionTimeMs: 0,
      },
      { type: 'refusal', stream: 'a', partition: 0, version: 'ridge-bb', problem: 'torn' },
    ];
    const { body } = await call('GET', models);
    const view = ModelsView.parse(body);
    expect(view.versions.map((one) => one.version)).toEqual(['ridge-bb', 'ridge-aa']);
    expect(view).toMatchObject({ champion: null, refusals: [{ problem: 'torn' }] });
  });

  test('a version is put in charge by hand, and another one instead', async () => {
    records = [version('ridge-aa', '2026-01-01T00:00:00.000Z'), version('ridge-bb', '2026-01-02T00:00:00Z')];
    await call('PUT', `${models}/champion`, { version: 'ridge-bb' });
    const { status, body } = await call('PUT', `${models}/champion`, { version: 'ridge-aa' });
    expect(status).toBe(200);
    expect(ModelsView.parse(body).champion).toMatchObject({
      version: 'ridge-aa',
      by: 'person',
      reason: 'chosen by hand instead of ridge-bb',
    });
  });

  test('the cold start can be gone back to, though no training has made it', async () => {
    records = [version('ridge-aa', '2026-01-01T00:00:00.000Z')];
    await call('PUT', `${models}/champion`, { version: 'ridge-aa' });
    const { status, body } = await call('PUT', `${models}/champion`, { version: 'kalman-0' });
    expect(status).toBe(200);
    expect(ModelsView.parse(body).champion).toMatchObject({
      version: 'kalman-0',
      by: 'person',
      reason: 'chosen by hand instead of ridge-aa',
    });
  });

  test('a version that was never recorded, or no name at all, is refused', async () => {
    expect(await call('PUT', `${models}/champion`, { version: 'ridge-ff' })).toMatchObject({
      status: 404,
      body: { code: 'NO_SUCH_VERSION' },
    });
    expect(await call('PUT', `${models}/champion`, { version: '../etc' })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    });
    const elsewhere = '/v1/streams/no/models/champion';
    expect(await call('PUT', elsewhere, { version: 'kalman-0' })).toMatchObject({
      status: 404,
      body: { code: 'NO_SUCH_STREAM' },
    });
    expect(records).toEqual([]);
  });
});

describe('the board', () => {
  test('answers under its path, with its own files only', async () => {
    expect(ownerOf('/board/static/js/main.js')).toBe('trainer');
    const { status, body, reply } = await call('GET', '/board/');
    expect(status).toBe(200);
    expect(String(reply.headers['content-security-policy'])).toContain("default-src 'self'");
    const page = String(body);
    expect(page).toContain('<base href="/board/"');
    expect(page).not.toMatch(/(href|src)="(https?:)?\/\//);
    const files = [...page.matchAll(/(?:href|src)="(static\/[^"]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect((await call('GET', `/board/${file}`)).status).toBe(200);
  });

  test('shows both queues and their jobs', async () => {
    const job = await bench.queue.request('a', 'person');
    const { body } = await call('GET', '/board/api/queues?activeQueue=training&status=prioritized');
    const { queues } = body as { queues: { name: string; jobs: { id: string }[] }[] };
    expect(queues.map(({ name }) => name)).toEqual(['training', 'training-schedules']);
    expect(queues[0]?.jobs.map(({ id }) => id)).toEqual([jobId(job)]);
  });

  test('elsewhere no policy of the board is in force', async () => {
    const { reply } = await call('GET', '/v1/streams/a/models');
    expect(reply.headers['content-security-policy']).toBeUndefined();
  });
});

describe('metrics', () => {
  test('count jobs by state, and show nothing while Redis is away', async () => {
    let collect: () => Promise<void> = async () => undefined;
    const values = new Map<string, number>();
    const metrics: GaugeMaker = {
      gauge: (_name, _help, _labels, asked) => {
        const set = ({ state }: { state: string }, value: number) => void values.set(state, value);
        collect = () => asked({ set, reset: () => values.clear() });
      },
    };
    registerQueueMetrics(metrics, bench.queue);
    await bench.queue.request('a', 'person');
    await collect();
    expect(Object.fromEntries(values)).toEqual({ waiting: 1, running: 0, completed: 0, failed: 0 });
    registerQueueMetrics(metrics, { counts: () => Promise.reject(new RollcastError('REDIS_UNAVAILABLE')) });
    await collect();
    expect(values.size).toBe(0);
  });
});

describe('while Redis is away', () => {
  test('every route that needs it answers 503 with the reason, models go on', async () => {
    await redis.kill();
    try {
      await expect.poll(async () => (await bench.link.health()).status, { timeout: 5_000 }).toBe('waiting');
      for (const [method, url] of [
        ['GET', '/v1/streams/a/training-jobs'],
        ['POST', '/v1/streams/a/training-jobs'],
        ['DELETE', '/v1/streams/a/training-jobs/x'],
        ['GET', '/board/api/queues'],
      ] as const) {
        expect(await call(method, url)).toMatchObject({ status: 503, body: { code: 'REDIS_UNAVAILABLE' } });
      }
      expect((await call('GET', '/v1/streams/a/models')).status).toBe(200);
    } finally {
      await redis.run();
      await bench.ready();
    }
    expect((await call('POST', '/v1/streams/a/training-jobs')).status).toBe(202);
  });
});
