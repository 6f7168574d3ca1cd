import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { Frame, StreamDefinition } from '#contracts';
import { homePartition } from '#kafka';
import { expectSameUnderAnyCut, InMemoryLog, pump, seededRandom } from '#kafka/testing';
import { describe, expect, test } from 'vitest';
import { readingsTask } from './readings.task.js';
import { Table } from './testing/task-bench.js';

const WEATHER = fileURLToPath(new URL('../../../data/nyc-weather-2013.csv.gz', import.meta.url));

const weather = StreamDefinition.parse({
  stream: 'weather',
  frequency: '1h',
  channels: [
    { name: 'temperature_f', decimals: 2 },
    { name: 'wind_speed_mph', min: 0, max: 200, decimals: 5 },
    { name: 'pressure_hpa', decimals: 1 },
  ],
});

/** Rows of the weather file as a client would send them, in order. */
function weatherReadings(): { readonly series: string; readonly text: string }[] {
  const [header = '', ...lines] = gunzipSync(readFileSync(WEATHER)).toString().trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const values = Object.fromEntries(
      weather.channels.map(({ name }) => {
        const cell = cells[names.indexOf(name)] ?? '';
        return [name, cell === '' ? null : Number(cell)];
      }),
    );
    const series = cells[0] ?? '';
    return { series, text: JSON.stringify({ stream: 'weather', series, time: cells[1], values }) };
  });
}

const task = () => readingsTask({ definitions: new Table(weather) });
const TOPICS = ['readings', 'readings.dead', 'frames'];

describe('ingest over a log of three partitions', () => {
  /** A client that chooses partitions by its own lights, sends some twice, some garbage, and some far too late. */
  function carelessLog(count: number): InMemoryLog {
    const random = seededRandom(7);
    const log = new InMemoryLog(3);
    log.time = Date.UTC(2026, 0, 1);
    for (const { text } of weatherReadings().slice(0, count)) {
      const partition = Math.floor(random() * 3);
      log.time += Math.floor(random() * 1_000);
      log.append({ topic: 'readings', key: null, value: text, partition });
      if (random() < 0.1) log.append({ topic: 'readings', key: null, value: text, partition });
      if (random() < 0.05)
        log.append({ topic: 'readings', key: 'x', value: text.slice(random() * 30), partition });
    }
    return log;
  }

  test('writes the same bytes under random batches and deaths', async () => {
    await expectSameUnderAnyCut(task, carelessLog(300), { topics: TOPICS, runs: 15, deathRate: 0.05 });
  });

  test('forwards each misplaced reading once, and ends with every frame in its home partition', async () => {
    const log = carelessLog(300);
    const sent = log.texts('readings').flat().length;
    const first = await pump(task(), log);
    const second = await pump(task(), log);
    const third = await pump(task(), log);
    expect(third.transactions).toBe(0);
    const sum = (name: string) => (first.counts[name] ?? 0) + (second.counts[name] ?? 0);
    expect(sum('forwarded')).toBeGreaterThan(100);
    expect(sum('read')).toBe(sent + sum('forwarded'));
    log.texts('frames').forEach((records, partition) => {
      for (const { key } of records) expect(homePartition(key ?? '', 3)).toBe(partition);
    });
    expect(sum('dead:POISON')).toBe(0);
  });
});

test('series that fall silent, hundreds at once, are ended alike under random batches and deaths', async () => {
  const pulse = StreamDefinition.parse({
    stream: 'pulse',
    frequency: '1s',
    lookback: 8,
    expireAfter: '2m',
    channels: [{ name: 'beat' }],
  });
  const random = seededRandom(3);
  const log = new InMemoryLog(1);
  log.time = Date.UTC(2026, 0, 1);
  for (let n = 0; n < 500; n++) {
    // Two crowds, each within a second; in between, and after, a few that outlive them.
    const few = n % 250 > 200;
    const series = few ? `${n % 7}` : `${Math.floor(random() * 150)}`;
    log.time += few ? Math.floor(random() * 20_000) : Math.floor(random() * 10);
    const value = JSON.stringify({ stream: 'pulse', series, time: log.time, values: { beat: n } });
    log.append({ topic: 'readings', key: `pulse/${series}`, value });
  }
  const silent = () => readingsTask({ definitions: new Table(pulse) });
  const { counts } = await pump(silent(), log.copy());
  expect(counts['expired']).toBeGreaterThan(200);
  expect(counts['framed']).toBe(500);
  await expectSameUnderAnyCut(silent, log, { topics: TOPICS, runs: 10, deathRate: 0.1 });
});

test('the year of three stations becomes a frame an hour and station; one wind is put aside', async () => {
  const readings = weatherReadings();
  const log = new InMemoryLog(1);
  log.time = Date.UTC(2026, 0, 1);
  for (const { series, text } of readings)
    log.append({ topic: 'readings', key: `weather/${series}`, value: text });
  const last = '2014-01-02T00:00:00Z';
  for (const series of ['EWR', 'JFK', 'LGA']) {
    log.append({
      topic: 'readings',
      key: `weather/${series}`,
      value: JSON.stringify({ stream: 'weather', series, time: last }),
    });
  }
  const { counts } = await pump(task(), log, { batchSize: () => 1_000 });
  expect(counts).toMatchObject({ read: 26_118, tick: 3, framed: 26_115, 'dead:OUT_OF_RANGE': 1 });
  const frames = log
    .texts('frames')
    .flat()
    .map(({ value }) => Frame.parse(JSON.parse(value ?? '')));
  expect(frames).toHaveLength(26_115);
  expect(counts['frames']).toBe(26_115);
  expect(log.texts('readings.dead').flat()[0]?.value).toContain('1048.36');
  const times = frames.filter(({ series }) => series === 'JFK').map(({ time }) => time);
  expect([...times].sort()).toEqual(times);
});
