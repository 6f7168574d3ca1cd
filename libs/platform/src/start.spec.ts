import 'reflect-metadata';
import { Body, Controller, Get, Inject, Module, type OnModuleInit, Param, Post } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { RollcastError } from '#contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Health, type Indication } from './health.js';
import { Metrics } from './metrics.js';
import { CONFIGURATION } from './platform.module.js';
import { startService, type RunningService } from './start.js';
import { wholeNumber } from './variables.js';

@Controller('try')
class TryController {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: { readonly limit: number },
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.counter('tries_total', 'Requests.', ['kind']).inc({ kind: 'made' });
  }

  @Get('limit')
  limit(): number {
    return this.configuration.limit;
  }

  @Get('refused')
  refused(): never {
    throw new RollcastError('NO_SUCH_STREAM', { stream: 'x' });
  }

  @Get('bug')
  bug(): never {
    throw new Error('the password is hunter2');
  }

  @Get('named/:name')
  named(@Param('name') name: string): string {
    return name;
  }

  @Post('body')
  body(@Body() body: unknown): unknown {
    return body;
  }
}

let outside: Indication = { status: 'up' };

@Module({
  controllers: [TryController],
  providers: [
    {
      provide: 'indicator',
      inject: [Health],
      useFactory: (health: Health) => health.register('broker', () => outside),
    },
  ],
})
class TryModule implements OnModuleInit {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  /** As a service does that brings a board. */
  async onModuleInit(): Promise<void> {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    await server.register(async (scope) => {
      await scope.register(async (inner) => void inner.get('/plugin', () => 'here'));
    });
  }
}

const environment = {
  variables: { LIMIT: wholeNumber({ min: 1, max: 9 }) },
  tree: (values: { LIMIT: number }) => ({ limit: values.LIMIT }),
};
const lines: string[] = [];
const sent: unknown[] = [];
const exits: number[] = [];
const endingProcess = {
  on: () => undefined,
  exit: (code: number) => void exits.push(code),
  send: (message: unknown) => sent.push(message),
};
const options = { name: 'try', port: 0, environment, bodyLimitBytes: 100 };
const surroundings = (env: Record<string, string>) => ({
  env,
  endingProcess,
  write: (line: string) => lines.push(line),
});
let service: RunningService;

beforeAll(async () => {
  service = await startService(TryModule, options, surroundings({ LIMIT: '3' }));
});
afterAll(() => service?.app.close());
beforeEach(() => (outside = { status: 'up' }));

async function get(path: string, init?: RequestInit) {
  const reply = await fetch(service.url + path, init);
  const text = await reply.text();
  return { status: reply.status, text, json: () => JSON.parse(text) as Record<string, string> };
}
const post = (body: string) =>
  get('/try/body', { method: 'POST', body, headers: { 'content-type': 'application/json' } });

test('it listens on this machine only, and tells its log and its parent where', () => {
  expect(service.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(sent).toEqual([{ listening: service.url }]);
  expect(lines.join('')).toContain(`try listens on ${service.url}`);
});

test("the module's parts are given the configuration", async () => {
  expect((await get('/try/limit')).text).toBe('3');
});

test.each([
  ['LIMIT', { LIMIT: '10' }, /LIMIT: found "10"; write a whole number from 1 to 9/],
  ['PORT', { LIMIT: '1', PORT: 'x' }, /PORT: found "x"; write a whole number/],
  ['LOG_LEVEL', { LIMIT: '1', LOG_LEVEL: 'loud' }, /LOG_LEVEL: found "loud"; write one of/],
])('a bad %s is refused before anything starts', async (_, env, message) => {
  await expect(startService(TryModule, options, surroundings(env))).rejects.toThrow(message);
});

test('a port that is taken and a foreign address are refused by the name of their variable', async () => {
  const { port } = new URL(service.url);
  const taken = startService(TryModule, options, surroundings({ LIMIT: '3', PORT: port }));
  await expect(taken).rejects.toThrow(`PORT: ${port} is taken on 127.0.0.1`);
  const foreign = startService(TryModule, options, surroundings({ LIMIT: '3', HOST: '192.0.2.1' }));
  await expect(foreign).rejects.toThrow('HOST: 192.0.2.1 is no address of this machine');
});

describe('health', () => {
  test('ready is 200 with an entry an indicator', async () => {
    const reply = await get('/health/ready');
    expect([reply.status, reply.json()]).toEqual([
      200,
      { status: 'up', indicators: { running: { status: 'up' }, broker: { status: 'up' } } },
    ]);
  });

  test.each(['waiting', 'down'] as const)(
    'ready is 503 while one indicator is %s, live stays 200',
    async (status) => {
      outside = { status, detail: 'no broker' };
      const reply = await get('/health/ready');
      expect(reply.status).toBe(503);
      expect(reply.json()).toMatchObject({
        status: 'down',
        indicators: { broker: { status, detail: 'no broker' } },
      });
      expect((await get('/health/live')).status).toBe(200);
    },
  );
});

test('an indicator that throws or hangs is down with the reason', async () => {
  const health = new Health(20);
  health.register('throws', () => {
    throw new Error('why');
  });
  health.register('hangs', () => new Promise(() => undefined));
  expect((await health.ready()).indicators).toEqual({
    throws: { status: 'down', detail: 'Error: why' },
    hangs: { status: 'down', detail: 'no answer in 20 ms' },
  });
});

test("metrics name the service and hold its own and the process'", async () => {
  const { text } = await get('/metrics');
  expect(text).toContain('tries_total{kind="made",service="try"} 1');
  expect(text).toMatch(/process_cpu_seconds_total\{service="try"\}/);
});

describe('errors', () => {
  test('of the registry answer with their status and code', async () => {
    const reply = await get('/try/refused');
    expect([reply.status, reply.json()]).toEqual([404, { code: 'NO_SUCH_STREAM', message: 'no stream "x"' }]);
  });

  test('that nobody expected are a 500 with an id that the log knows, and nothing else goes out', async () => {
    const reply = await get('/try/bug');
    const { id = 'no id' } = reply.json();
    expect([reply.status, reply.json()['code']]).toEqual([500, 'INTERNAL']);
    expect(reply.text).not.toContain('hunter2');
    expect(lines.find((line) => line.includes(id))).toContain('the password is hunter2');
  });

  test('of a page of another site is a 403, before the body is read', async () => {
    const reply = await get('/try/body', {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' },
    });
    expect([reply.status, reply.json()['code']]).toEqual([403, 'FOREIGN_REQUEST']);
  });

  test.each([
    [
      'a form, as curl says by itself',
      { 'content-type': 'application/x-www-form-urlencoded' },
      /-urlencoded: send/,
    ],
    ['text', {}, /text\/plain;.*: send JSON with the header `content-type: application\/json`/],
    ['another JSON', { 'content-type': 'application/jsonlines' }, /application\/jsonlines: send/],
  ])('of a body that is said to be %s is a 415 with what to send', async (_, headers, message) => {
    const reply = await get('/try/body', { method: 'POST', body: '{"a":1}', headers });
    expect([reply.status, reply.json()['code']]).toEqual([415, 'NOT_JSON_BODY']);
    expect(reply.json()['message']).toMatch(message);
  });

  test.each([
    [
      'JSON in a charset',
      { body: '{"a":1}', headers: { 'content-type': 'Application/JSON; charset=utf-8' } },
      '{"a":1}',
    ],
    ['no body', {}, ''],
    [
      'no body, said to be a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      '{}',
    ],
  ])('are none for %s', async (_, init, text) => {
    expect(await get('/try/body', { method: 'POST', ...init })).toMatchObject({ status: 201, text });
  });

  test('of a body of unsaid length and type is a 415 too', async () => {
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{}'));
        controller.close();
      },
    });
    const reply = await get('/try/body', { method: 'POST', body, duplex: 'half' });
    expect([reply.status, reply.json()['message']]).toEqual([
      415,
      expect.stringMatching(/said to be nothing/),
    ]);
  });

  test.each([
    ['no such route', () => get('/nowhere'), 404],
    ['no URL', () => get('/try/named/%zz'), 400],
    ['no JSON', () => post('{'), 400],
    ['too long', () => post(JSON.stringify('x'.repeat(200))), 413],
  ] as const)('of the framework (%s) are INVALID_REQUEST with its status', async (_, request, status) => {
    const reply = await request();
    expect([reply.status, reply.json()['code']]).toEqual([status, 'INVALID_REQUEST']);
  });
});

test('a name in a path may be long', async () => {
  const name = '山'.repeat(200);
  expect((await get(`/try/named/${encodeURIComponent(name)}`)).text).toBe(name);
  expect((await get(`/try/named/${'x'.repeat(2_000)}`)).text).toHaveLength(2_000);
});

test('shutting down closes HTTP, cutting streams that are open, and exits 0', async () => {
  const one = await startService(TryModule, options, surroundings({ LIMIT: '3' }));
  await one.shutdown.begin('test');
  expect(exits).toEqual([0]);
  await expect(fetch(`${one.url}/health/live`)).rejects.toThrow();
});
