/** @file A replay against a real broker; HTTP is answered by as little as it asks for. */
import { randomUUID } from 'node:crypto';
import fastify from 'fastify';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Reading, StreamDefinition, type StreamView } from '#contracts';
import { KafkaAdmin, KafkaClient, deleteTopics, silentLogger, TopicReader } from '#kafka';
import { csvFolder } from '../csv/testing/written-csv.js';
import { runProgram } from '../run-program.js';
import { recordedContext } from '../testing/recorded-console.js';

const write = csvFolder(afterAll);
const prefix = `test-${randomUUID()}.`;
const server = fastify();
const defined = new Map<string, StreamView>();
let client: KafkaClient;
let admin: KafkaAdmin;
let url = '';

beforeAll(async () => {
  client = new KafkaClient({ brokers: inject('brokers'), clientId: 'spec', prefix }, silentLogger);
  admin = new KafkaAdmin(client);
  server.get('/v1/streams/:stream', async (request, reply) => {
    const { stream } = request.params as { stream: string };
    const view = defined.get(stream);
    return view ?? reply.status(404).send({ code: 'NO_SUCH_STREAM', message: `no stream "${stream}"` });
  });
  server.put('/v1/streams/:stream', async (request, reply) => {
    const { stream } = request.params as { stream: string };
    const definition = StreamDefinition.parse({ stream, ...(request.body as object) });
    const view = {
      definition,
      memoryPerSeriesBytes: 4_096,
      firstForecastAfterFrames: 288,
      trainingNeedsSteps: 900,
    };
    defined.set(stream, view);
    return reply.status(201).send(view);
  });
  // The predictor has heard of nothing yet.
  server.get('/v1/streams/:stream/series', async () => []);
  url = await server.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await server.close();
  await deleteTopics(client, admin, await admin.topicNames());
  await admin.close();
});

async function rollcast(...args: string[]) {
  const context = recordedContext({ KAFKA_BROKERS: inject('brokers').join(','), ROLLCAST_PREFIX: prefix });
  const code = await runProgram(args, context);
  return { code, said: context.console.said.join('\n'), printed: context.console.printed.join('\n') };
}

async function published(): Promise<Reading[]> {
  const reader = new TopicReader(client, ['readings']);
  const readings: Reading[] = [];
  for await (const records of reader.all('readings'))
    readings.push(...records.map(({ value }) => Reading.parse(JSON.parse(String(value)))));
  await reader.close();
  return readings;
}

test('topics are missing, then created, then there; other partitions are refused', async () => {
  const before = await rollcast('topics');
  expect(before).toMatchObject({ code: 1 });
  expect(before.said).toContain('10 topics are missing: run rollcast topics --apply');
  expect(await rollcast('topics', '--apply', '--partitions', '4')).toMatchObject({ code: 0 });
  const after = await rollcast('topics', '--partitions', '4', '--json');
  expect(after.code).toBe(0);
  expect(JSON.parse(after.printed)).toMatchObject({ created: [], missing: [], differences: [] });
  expect(await rollcast('topics')).toMatchObject({ code: 0 });
  const other = await rollcast('topics', '--apply', '--partitions', '5');
  expect(other.code).toBe(1);
  expect(other.said).toContain('partition counts cannot be changed');
  expect(other.said).toContain('topics have another partition count than asked for');
});

const csv = (rows: number) => {
  const line = (station: string, hour: number) =>
    `${station},2013-01-01 ${String(hour).padStart(2, '0')}:00,${hour}.5`;
  const of = (station: string) => Array.from({ length: rows }, (_, hour) => line(station, hour));
  return `station,time,celsius\n${[...of('EWR'), ...of('JFK')].join('\n')}\n`;
};

test('a file is published in time order with a tick a series; again, it is there already; longer, only the rest', async () => {
  const options = ['--stream', 'w', '--url', url];
  const unknown = await rollcast('replay', write(csv(9)), ...options);
  expect(unknown).toMatchObject({ code: 1 });
  expect(unknown.said).toContain('no stream "w" is defined: --create defines it from the file');

  const first = await rollcast('replay', write(csv(9)), ...options, '--create');
  expect(first).toMatchObject({ code: 0 });
  expect(first.said).toContain('read as UTC');
  expect(first.said).toContain('18 readings published');
  const readings = await published();
  expect(readings).toHaveLength(20);
  expect(readings.filter(({ series }) => series === 'EWR').map(({ time }) => time)).toEqual(
    Array.from({ length: 10 }, (_, hour) => `2013-01-01T${String(hour).padStart(2, '0')}:00:00.000Z`),
  );

  const again = await rollcast('replay', write(csv(9)), ...options, '--create');
  expect(again).toMatchObject({ code: 0 });
  expect(again.said).toContain('already published: all 18 readings');
  expect(await published()).toHaveLength(20);

  const longer = await rollcast('replay', write(csv(12)), ...options);
  expect(longer.said).toContain('18 of 24 readings are there already');
  expect(await published()).toHaveLength(20 + 6 + 2);

  const forced = await rollcast('replay', write(csv(2)), ...options, '--force');
  expect(forced).toMatchObject({ code: 0 });
  expect(await published()).toHaveLength(28 + 4 + 2);
});

test('a broken cell is named by line and column, and nothing is published', async () => {
  const before = (await published()).length;
  const broken = await rollcast(
    'replay',
    write(csv(3).replace('1.5', 'x1')),
    '--stream',
    'w',
    '--channels',
    'celsius',
    '--url',
    url,
  );
  expect(broken.code).toBe(1);
  expect(broken.said).toMatch(/line 3, column celsius: "x1" is not a number/);
  expect(await published()).toHaveLength(before);
});
