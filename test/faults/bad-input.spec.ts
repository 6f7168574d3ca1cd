import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { MAX_OPEN_BYTES } from '#alignment';
import { DEAD_LETTER_HEADERS, type ErrorCode, Frame, StreamDefinition } from '#contracts';
import { homePartition, type InputRecord, type OutputRecord } from '#kafka';
import { BrokerWorld, PARTITIONS } from '../worlds/broker-world.js';
import { Processes, type ServiceProcess } from '../worlds/processes.js';
import { readLog } from '../worlds/same-log.js';
import { scrape, type Samples, sumOf } from '../worlds/scrape.js';
import { until } from '../until.js';

const BEGIN = Date.UTC(2026, 0, 1);
const time = (seconds: number) => BEGIN + seconds * 1_000;

const stream = (name: string, channels: readonly object[]) =>
  StreamDefinition.parse({ stream: name, frequency: '10s', channels });
const MILL = stream('mill', [{ name: 'speed', min: 0, max: 50 }, { name: 'load' }]);
const DENSE = stream(
  'dense',
  Array.from({ length: 64 }, (_, index) => ({ name: `c${index}` })),
);

/** A reading that says much, and what the state of its series takes to hold it. */
const MUCH = Object.fromEntries(DENSE.channels.map(({ name }) => [name, -1.2345678901234567e-100]));
const MUCH_BYTES = JSON.stringify([1_000, Object.fromEntries(Object.values(MUCH).entries())]).length + 1;

interface BadCase {
  readonly reason: ErrorCode;
  /** Of the dead letter. */
  readonly says: RegExp;
  /** The bad record; the series of a case has its reason's name. */
  readonly value: string;
  readonly headers?: Record<string, string>;
  /** Beyond its home partition. */
  readonly apart?: number;
  readonly definition?: StreamDefinition;
  /** What has to come right before. */
  readonly first?: readonly string[];
}

const reading = (series: string, seconds: number, values?: object, of = 'mill') =>
  JSON.stringify({ stream: of, series, time: time(seconds), ...(values && { values }) });

const CASES: readonly BadCase[] = [
  { reason: 'NOT_JSON', value: '{"stream":"mill","series":', says: /not JSON/ },
  {
    reason: 'WRONG_TYPE',
    value: reading('WRONG_TYPE', 3, { load: '1' }),
    says: /values\.load: must be a number or null, not text/,
  },
  { reason: 'UNKNOWN_STREAM', value: reading('x', 3, { load: 1 }, 'nobody'), says: /no stream "nobody"/ },
  { reason: 'UNKNOWN_CHANNEL', value: reading('UNKNOWN_CHANNEL', 3, { colour: 1 }), says: /"mill": colour/ },
  {
    reason: 'NOT_FINITE',
    value: reading('NOT_FINITE', 3, { load: 7 }).replace('7}', '1e999}'),
    says: /"load": Infinity is not a finite number/,
  },
  {
    reason: 'OUT_OF_RANGE',
    value: reading('OUT_OF_RANGE', 3, { speed: 1_048 }),
    says: /1048 is outside .* 0 to 50/,
  },
  {
    reason: 'ABSURD_TIME',
    value: JSON.stringify({
      stream: 'mill',
      series: 'ABSURD_TIME',
      time: '2199-01-01T00:00:00Z',
      values: { load: 1 },
    }),
    says: /2199-01-01T00:00:00.000Z is more than 1h ahead/,
  },
  {
    reason: 'TOO_LARGE',
    value: JSON.stringify({
      ...(JSON.parse(reading('TOO_LARGE', 3, { load: 1 })) as object),
      pad: 'x'.repeat(65_536),
    }),
    says: /more than 65536/,
  },
  {
    reason: 'LATE',
    value: reading('LATE', -60, { load: 1 }),
    says: /a step that is closed \(watermark 2026-01-01T00:00:00/,
  },
  {
    reason: 'TOO_DENSE',
    definition: DENSE,
    // As many as go into the state, beside its own words.
    first: Array.from({ length: Math.floor((MAX_OPEN_BYTES - 100) / MUCH_BYTES) }, (_, n) =>
      reading('TOO_DENSE', 1 + n / 1_000, MUCH, 'dense'),
    ),
    value: reading('TOO_DENSE', 3, MUCH, 'dense'),
    says: /would hold more than 262144 bytes/,
  },
  {
    reason: 'POISON',
    // Only our own code sets this header, and never outside of the home partition: whoever goes on would forward it
    // for ever.
    value: reading('POISON', 3, { load: 1 }),
    headers: {
      'rollcast.home': `${(homePartition('mill/POISON', PARTITIONS) + 1) % PARTITIONS}/${PARTITIONS}`,
    },
    apart: 1,
    says: /was forwarded to partition \d and belongs to \d/,
  },
];

describe('bad input to the running service', () => {
  let world: BrokerWorld;
  let processes: Processes;
  let ingest: ServiceProcess;
  let letters: InputRecord[];
  let readings: InputRecord[];
  let frames: Frame[];
  let samples: Samples;

  beforeAll(async () => {
    world = await BrokerWorld.make(inject('brokers'));
    processes = new Processes(world.environment);
    ingest = await processes.start('ingest').ready();
    await world.define(MILL, DENSE);
    for (const bad of CASES) await world.send(recordsOf(bad));
    await until('all is read', () => world.isThrough('ingest', 'readings'));
    const log = await readLog(world.client, ['readings', 'readings.dead', 'frames']);
    const all = (topic: string) => (log.get(topic) ?? []).flat();
    [letters, readings] = [all('readings.dead'), all('readings')];
    frames = all('frames').map(({ value }) => Frame.parse(JSON.parse(String(value))));
    samples = await scrape(ingest.url);
  });
  afterAll(async () => {
    await processes.end();
    await world.close();
  });

  test.each(CASES)(
    '$reason: to the dead letters, as it came and with the reason; the stream goes on',
    (bad) => {
      const { reason, says, value, headers = {} } = bad;
      const letter = letters.find((one) => one.headers[DEAD_LETTER_HEADERS.reason]?.toString() === reason);
      const sent = readings.find((one) => one.value?.toString() === value);
      expect(letter?.key?.toString()).toBe(keyOf(bad));
      expect(letter?.value?.toString()).toBe(value);
      expect(textOf(letter?.headers)).toEqual({
        ...headers,
        [DEAD_LETTER_HEADERS.reason]: reason,
        [DEAD_LETTER_HEADERS.message]: expect.stringMatching(says) as string,
        [DEAD_LETTER_HEADERS.topic]: 'readings',
        [DEAD_LETTER_HEADERS.partition]: String(sent?.partition),
        [DEAD_LETTER_HEADERS.offset]: String(sent?.offset),
      });
      const steps = frames.filter(({ series }) => series === reason).map((frame) => frame.time);
      expect(steps).toEqual([time(0), time(10)].map((at) => new Date(at).toISOString()));
      expect(sumOf(samples, 'rollcast_dead_letters_total', { reason })).toBe(1);
    },
  );

  test('nothing vanished: the metrics add up to the readings, the letters and the frames in the log', () => {
    expect(letters).toHaveLength(CASES.length);
    expect(sumOf(samples, 'rollcast_dead_letters_total')).toBe(letters.length);
    expect(sumOf(samples, 'rollcast_input_records_total')).toBe(readings.length);
    expect(sumOf(samples, 'rollcast_readings_total')).toBe(readings.length);
    expect(sumOf(samples, 'rollcast_frames_written_total')).toBe(frames.length);
    expect(sumOf(samples, 'rollcast_partition_lag')).toBe(0);
    expect(sumOf(samples, 'rollcast_partitions_owned')).toBe(PARTITIONS);
    expect(sumOf(samples, 'rollcast_transaction_seconds_count')).toBeGreaterThan(0);
  });

  const post = async (path: string, body: string) => {
    const answer = await fetch(ingest.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    return { status: answer.status, body: await answer.json() };
  };

  test('by HTTP: an error per item, and the good ones are published', async () => {
    const items = [
      { series: 'by-http', time: time(0), values: { load: 1 } },
      { series: 'by-http', time: 'noon', values: { load: 1 } },
      { series: '', time: time(0) },
      { stream: 'dense', series: 'by-http', time: time(0) },
      { series: 'by-http', time: time(20) },
    ];
    expect(await post('/v1/streams/mill/readings', JSON.stringify(items))).toEqual({
      status: 207,
      body: {
        accepted: 2,
        rejected: [1, 2, 3].map((index) => ({
          index,
          code: 'WRONG_TYPE',
          message: expect.any(String) as string,
        })),
      },
    });
    await until('its frame is written', async () => {
      const log = await readLog(world.client, ['frames']);
      return (log.get('frames') ?? []).flat().some(({ key }) => key?.toString() === 'mill/by-http');
    });
  });

  test.each([
    ['a body that is not JSON', '/v1/streams/mill/readings', '[{', 400, 'INVALID_REQUEST'],
    ['no list', '/v1/streams/mill/readings', '{}', 400, 'INVALID_REQUEST'],
    ['a stream that nobody defined', '/v1/streams/nobody/readings', '[]', 404, 'NO_SUCH_STREAM'],
    ['a path that is not there', '/v1/nothing', '{}', 404, 'INVALID_REQUEST'],
  ])('by HTTP: %s is refused in the one shape of all errors', async (_, path, body, status, code) => {
    expect(await post(path, body)).toEqual({
      status,
      body: { code, message: expect.stringMatching(/\S/) as string },
    });
  });

  test('by HTTP: a body that is too long is refused before it is sent', async () => {
    expect(await announceBody(`${ingest.url}/v1/streams/mill/readings`, 9 << 20)).toEqual({
      status: 413,
      body: { code: 'INVALID_REQUEST', message: expect.stringMatching(/too large/) as string },
    });
  });
});

/** Says how long its body will be, and waits for the answer to that. */
async function announceBody(
  url: string,
  bytes: number,
): Promise<{ status: number | undefined; body: unknown }> {
  const asked = request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': String(bytes) },
  });
  // The service hangs up on whoever would go on sending.
  asked.on('error', () => undefined);
  asked.write('[');
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const said = await text(answer);
  asked.destroy();
  return { status: answer.statusCode, body: JSON.parse(said) as unknown };
}

function keyOf({ reason, definition = MILL }: BadCase): string {
  return `${definition.stream}/${reason}`;
}

/** Good readings around the bad one, all of one series: two steps, closed by a tick. */
function recordsOf(bad: BadCase): OutputRecord[] {
  const { reason, value, headers, apart = 0, definition = MILL, first = [] } = bad;
  const key = keyOf(bad);
  const [channel] = definition.channels;
  const good = (seconds: number) => reading(reason, seconds, { [channel?.name ?? '']: 1 }, definition.stream);
  const record = (text: string): OutputRecord => ({ topic: 'readings', key, value: text });
  const partition = (homePartition(key, PARTITIONS) + apart) % PARTITIONS;
  return [
    ...[good(0), ...first].map(record),
    { ...record(value), partition, ...(headers && { headers }) },
    record(good(10)),
    record(reading(reason, 60, undefined, definition.stream)),
  ];
}

function textOf(headers: InputRecord['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()]));
}
