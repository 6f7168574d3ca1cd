import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { openCsv } from './csv-file.js';
import type { CsvHints } from './csv-hints.js';
import { inferDefinition } from './infer-definition.js';
import { MOTES_HINTS } from './motes.js';
import { readingsOfCsv } from './readings-of-csv.js';
import { all, csvFolder } from './testing/written-csv.js';

const write = csvFolder(afterAll);
const WEATHER = fileURLToPath(new URL('../../../../data/nyc-weather-2013.csv.gz', import.meta.url));
const infer = async (path: string, hints: Partial<CsvHints> = {}) => {
  const file = await openCsv(path);
  const inferred = await inferDefinition(file, { stream: 's', ...hints });
  return { ...inferred, readings: await all(readingsOfCsv(file, inferred.layout)) };
};
const hours = (count: number, row: (hour: number) => string) =>
  Array.from({ length: count }, (_, hour) => row(hour)).join('\n');
const clock = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();

test('ten thousand sensors and more are as many series, found or named', async () => {
  const sensors = 10_001;
  const rows = (hour: number) =>
    Array.from(
      { length: sensors },
      (_, one) => `${Date.UTC(2026, 0, 1, hour) + (one % 7)},s${one},${hour % 2}`,
    );
  const path = (column: string) => write(`time,${column},a\n${hours(3, (hour) => rows(hour).join('\n'))}`);
  const found = await infer(path('sensor_id'));
  expect(found).toMatchObject({ seriesCount: sensors, definition: { frequency: '1h' } });
  const named = await infer(path('whatever'), { series: ['whatever'] });
  expect(named.seriesCount).toBe(sensors);
});

test('sensors that report at times of their own are several series; one that has moved is one', async () => {
  const minutes = (row: number) => new Date(Date.UTC(2026, 0, 1, 0, 20 * row)).toISOString();
  const file = (sensor: (row: number) => string) =>
    write(`time,sensor_id,a\n${hours(90, (row) => `${minutes(row)},${sensor(row)},${row / 4}`)}`);
  const turns = await infer(file((row) => 'abc'.charAt(row % 3)));
  expect(turns).toMatchObject({ seriesCount: 3, definition: { frequency: '1h' } });
  const moved = await infer(file((row) => (row < 40 ? 'a' : 'b')));
  expect(moved).toMatchObject({ seriesCount: 1, definition: { frequency: '20m' } });
});

test('times that repeat are told, with what becomes of them', async () => {
  const rows = hours(60, (hour) => `${clock(hour)},1.5\n${clock(hour)},${hour / 2}`);
  const { notes } = await infer(write(`time,a\n${rows}`));
  expect(notes).toContain(
    '60 rows repeat times of their series: of each time the last row counts (if a column tells series apart, say --series)',
  );
  const once = await infer(write(`time,a\n${hours(60, (hour) => `${clock(hour)},${hour / 2}`)}`));
  expect(once.notes.join()).not.toContain('repeat');
});

test('a channel whose values no decimals can hold is told', async () => {
  const file = (of: (hour: number) => number) =>
    write(`time,a\n${hours(50, (hour) => `${clock(hour)},${of(hour)}`)}`);
  const { notes } = await infer(file((hour) => (hour + 1) * 1.5e-12));
  expect(notes.at(-1)).toMatch(/"a": values like 1.5e-12 are too small for the 9 decimals .* become 0:/);
  const small = await infer(file((hour) => (hour % 2) * 1.5e-6));
  expect(small.notes.join()).not.toContain('too small');
});

describe('the year of three weather stations', async () => {
  const { definition, readings, notes, ...found } = await infer(WEATHER, { stream: 'weather' });
  const valuesOf = (channel: string) => readings.map(({ values }) => values?.[channel] ?? null);

  test('has 26,115 readings of three stations, every hour, a day for a season', () => {
    expect([readings.length, found.rows, found.seriesCount]).toEqual([26_115, 26_115, 3]);
    expect(readings.filter(({ series }) => series === 'JFK')).toHaveLength(8_706);
    expect(definition).toMatchObject({ stream: 'weather', frequency: '1h', season: 24, lateness: '0s' });
    expect(readings[0]).toEqual({
      stream: 'weather',
      series: 'EWR',
      time: '2013-01-01T06:00:00.000Z',
      values: {
        temperature_f: 39.02,
        dew_point_f: 26.06,
        humidity_pct: 59.37,
        wind_speed_mph: 10.35702,
        pressure_hpa: 1012,
        visibility_mi: 10,
      },
    });
  });

  test('misses a tenth of its pressures and a handful of the rest', () => {
    const missing = definition.channels.map(
      ({ name }) => valuesOf(name).filter((value) => value === null).length,
    );
    expect(missing).toEqual([1, 1, 1, 4, 2_729, 0]);
  });

  test('keeps every value inside the plausible ranges but a wind of 1,048 mph', () => {
    const outside = definition.channels.flatMap(({ name, min = -Infinity, max = Infinity }) =>
      valuesOf(name).filter((value) => value !== null && (value < min || value > max)),
    );
    expect(outside).toEqual([1048.36058]);
    expect(notes.join('\n')).toMatch(/"wind_speed_mph": 1 value lies outside -210 to 250 \(1048.36058\)/);
  });

  test('has the decimals of its instruments, not those of a unit conversion', () => {
    expect(definition.channels.map(({ decimals }) => decimals)).toEqual([2, 2, 2, 5, 1, 2]);
  });
});

describe('a definition from a file', () => {
  test('takes for series what keeps a time from standing twice, and leaves other texts out', async () => {
    const text = hours(40, (hour) =>
      ['a', 'b'].map((site) => `${clock(hour)},${hour % 3 ? 'dry' : 'wet'},${site},${hour}.5`).join('\n'),
    );
    const { layout, notes, readings } = await infer(write(`when,weather,place,x\n${text}\n`));
    expect([layout.time, layout.series]).toMatchObject([{ columns: [0] }, [2]]);
    expect(layout.channels).toEqual([{ name: 'x', column: 3, textIsMissing: false }]);
    expect(notes.join('\n')).toMatch(
      /column "weather" is not all numbers \(80 of 80 cells, on line 2 "wet"\): left out/,
    );
    expect(new Set(readings.map(({ series }) => series))).toEqual(new Set(['a', 'b']));
  });

  test('puts two columns together where one does not suffice', async () => {
    const pairs = ['a,1', 'a,2', 'b,1', 'b,2'];
    const text = hours(30, (hour) => pairs.map((pair) => `${clock(hour)},${pair},${hour}`).join('\n'));
    const { layout, seriesCount, readings } = await infer(write(`time,site,unit,x\n${text}`));
    expect([layout.series, seriesCount, readings[1]?.series]).toEqual([[1, 2], 4, 'a/2']);
  });

  test('without a series column is one series, named like its stream', async () => {
    const { readings, definition } = await infer(
      write(`date;x\n${hours(30, (hour) => `${clock(hour)};${hour},5`)}`),
    );
    expect(readings[2]).toEqual({ stream: 's', series: 's', time: clock(2), values: { x: 2.5 } });
    expect(definition.channels[0]).toMatchObject({ name: 'x', decimals: 1 });
  });

  test('has the most common distance of times, whatever is missing, and waits for rows that go back', async () => {
    const order = [1, 2, 5, 4, 3, 9, 10, 11, 12, 20];
    const times = [clock(0), '2026-01-01T00:20:00Z', ...order.map(clock)];
    const { definition, notes } = await infer(write(`ts,x\n${times.map((time) => `${time},1`).join('\n')}`));
    expect(definition).toMatchObject({ frequency: '1h', lateness: '2h' });
    expect(notes.join('\n')).toMatch(/go back in time by up to 2h/);
  });

  test('is accepted with the lateness of the wildest order there is', async () => {
    const month = 31 * 24;
    const back = Array.from({ length: 8 }, (_, index) => `${clock(month * (200 + index))},1`);
    const rows = [...back, `1990-01-01T00:00:00.001Z,2`].join('\n');
    const { definition } = await infer(write(`ts,x\n${rows}`));
    expect(definition).toMatchObject({ frequency: '31d', lateness: '3100d' });
  });

  test('outlives its lookback, also where a step is a day', async () => {
    const { definition } = await infer(
      write(`time,x\n${hours(30, (day) => `${clock(24 * day)},${day % 7}`)}`),
    );
    expect(definition).toMatchObject({ frequency: '1d', expireAfter: '192d' });
  });

  test('reads rows without a time at the interval that is said, each series by itself, and leaves row numbers out', async () => {
    const rows = ['1', '2'].flatMap((mote) =>
      Array.from({ length: 30 }, (_, index) => `${index + 1},${mote},${index}.25`),
    );
    const { definition, readings, notes } = await infer(write(`reading,mote_id,t\n${rows.join('\n')}`), {
      interval: '5s',
    });
    expect(definition.frequency).toBe('5s');
    expect(definition.channels.map(({ name }) => name)).toEqual(['t']);
    expect(notes).toEqual(['series: 2, named by column "mote_id"', 'column "reading" counts rows: left out']);
    expect([readings[29], readings[30]]).toMatchObject([
      { series: '1', time: '2026-01-01T00:02:25.000Z' },
      { series: '2', time: '2026-01-01T00:00:00.000Z' },
    ]);
  });

  test('takes what a person says, and says how times without an offset were read', async () => {
    const path = write(
      `when,a,b,c\n${hours(30, (hour) => `${clock(hour).slice(0, 16).replace('T', ' ')},${hour},${hour % 2},7`)}`,
    );
    const asUtc = await infer(path);
    expect(asUtc.notes.join('\n')).toMatch(/no offset: they are read as UTC/);
    const said = await infer(path, {
      time: 'when',
      series: ['b'],
      channels: ['c', 'a'],
      tz: 'Europe/Berlin',
      definition: { horizon: 6, lookback: 48 },
    });
    expect(said.layout).toMatchObject({
      series: [2],
      channels: [
        { name: 'c', column: 3 },
        { name: 'a', column: 1 },
      ],
    });
    expect(said.definition).toMatchObject({ horizon: 6, lookback: 48 });
    expect(said.readings[0]?.time).toBe('2025-12-31T23:00:00.000Z');
    expect(said.notes.join('\n')).toMatch(/read in Europe\/Berlin/);
  });

  test('joins dates and clocks of two columns, and says so', async () => {
    const split = (hour: number) => `${clock(hour).slice(0, 10)},${clock(hour).slice(11, 16)},${hour}.5`;
    const path = write(`date,time,x\n${hours(60, split)}`);
    for (const hints of [{}, { time: 'date' }]) {
      const { definition, seriesCount, readings, notes } = await infer(path, hints);
      expect([definition.frequency, seriesCount, readings.length]).toEqual(['1h', 1, 60]);
      expect(readings[30]?.time).toBe(clock(30));
      expect(notes).toContain('times: columns "date" and "time", joined');
    }
  });

  test.each([
    ['day', (day: string, month: string) => `${day}/${month}/2026`],
    ['month', (day: string, month: string) => `${month}/${day}/2026`],
  ])('reads dates with the %s first where only that fits all', async (order, date) => {
    const row = (hour: number) => {
      const [month = '', day = ''] = clock(hour).slice(5, 10).split('-');
      return `${date(day, month)} ${((hour + 11) % 12) + 1}:00 ${hour % 24 < 12 ? 'AM' : 'PM'},${hour}.5`;
    };
    const { readings, notes } = await infer(write(`date,x\n${hours(24 * 40, row)}`));
    expect(readings.map(({ time }) => time)).toEqual(
      Array.from({ length: 24 * 40 }, (_, hour) => clock(hour)),
    );
    expect(notes.join('\n')).toContain(`read with the ${order} first`);
  });

  test('counts a text in a hundred numbers as missing and says where it is; more make the column another', async () => {
    const withTexts = (count: number) =>
      write(`time,y,x\n${hours(200, (hour) => `${clock(hour)},1,${hour < count ? 'ERR' : `${hour}`}`)}`);
    const few = await infer(withTexts(2));
    expect(few.readings[1]?.values).toEqual({ y: 1, x: null });
    expect(few.notes).toContain('column "x": 2 cells are no numbers and count as missing (line 2: "ERR")');
    const many = await infer(withTexts(3));
    expect(many.definition.channels.map(({ name }) => name)).toEqual(['y']);
    expect(many.notes).toContain('column "x" is not all numbers (3 of 200 cells, on line 2 "ERR"): left out');
  });

  test('takes times that scatter for the period that was meant, with its season, and loses no row', async () => {
    const minutes = (index: number) =>
      new Date(Date.UTC(2026, 0, 1) + index * 300_000 + ((index * 37) % 101) - 50);
    const { definition, readings, notes } = await infer(
      write(`time,x\n${hours(300, (index) => `${minutes(index).toISOString()},${index}.5`)}`),
    );
    expect(definition).toMatchObject({ frequency: '5m', season: 288 });
    expect(new Set(readings.map(({ time }) => time)).size).toBe(300);
    expect(readings[7]?.time).toBe('2026-01-01T00:35:00.000Z');
    expect(notes.join('\n')).toMatch(/times scatter by up to \d+ms round 5m/);
  });

  test.each<[string, string, Partial<CsvHints>, RegExp]>([
    [
      'dates that may begin with day or month',
      'date,x\n01/02/2026,1\n02/02/2026,1\n',
      {},
      /line 2, column date: .* whether the day or the month comes first: write 2013-01-31/,
    ],
    [
      'dates that begin with both',
      'date,x\n13/02/2026,1\n02/14/2026,1\n',
      {},
      /line 3, column date: "02\/14\/2026" is no time: write 2013/,
    ],
    [
      'seconds in a column that is not called so',
      't,x\n1357020000,1\n',
      {},
      /say --time t; else .* --interval/,
    ],
    [
      'too many channels',
      `time,${Array.from({ length: 65 }, (_, at) => `c${at}`).join(',')}\n2026-01-01${',1.5'.repeat(65)}\n2026-01-02${',1.5'.repeat(65)}\n`,
      {},
      /has 65 columns of numbers, a stream at most 64: name those to take with --channels/,
    ],
    ['no rows', 'time,x\n', {}, /has no rows/],
    [
      'no times',
      'a,b\n1,2\n',
      {},
      /no column of .* holds times: say how far apart its rows are, --interval 1h/,
    ],
    ['a broken time', 'time,x\n2026-01-01,1\nnoon,2\n', {}, /line 3, column time: "noon" is no time/],
    [
      'a broken time in the named column',
      't,x\n2026-01-01,1\n,2\n',
      { time: 't' },
      /line 3, column t: "" is no time/,
    ],
    [
      'no numbers',
      'time,x\n2026-01-01,red\n2026-01-02,red\n',
      {},
      /holds measurements, numbers like 1234.5: column "x" is not all numbers/,
    ],
    [
      'a text in a named channel',
      'time,x\n2026-01-01,1\n2026-01-02,red\n',
      { channels: ['x'] },
      /line 3, column x: "red" is not a number/,
    ],
    [
      'a column that is not there',
      'time,x\n2026-01-01,1\n',
      { series: ['y'] },
      /has no column "y": it has time, x/,
    ],
    ['one time only', 'time,x\n2026-01-01,1\n', {}, /say how often it is measured/],
    ['an interval in words', 'a,b\n1,2\n', { interval: 'hourly' }, /write a duration/],
    [
      'a rule of definitions broken',
      'time,x\n2026-01-01,1\n2026-01-02,1\n',
      { definition: { lookback: 1 } },
      /refused: lookback/,
    ],
  ])('is refused with %s', async (_, text, hints, message) => {
    await expect(infer(write(text), hints)).rejects.toThrow(message);
  });
});

test('the motes are read as four series of five seconds', async () => {
  const rows = ['1', '2', '3', '4'].flatMap((mote) =>
    Array.from(
      { length: 25 },
      (_, index) => `${index + 1},${mote},${mote < '3' ? 1 : 0},45.9${index % 10},27.9${index % 7},0`,
    ),
  );
  const { definition, seriesCount, layout } = await infer(
    write(`reading,mote_id,indoor,humidity,temperature,label\n${rows.join('\n')}\n`),
    MOTES_HINTS,
  );
  expect([seriesCount, layout.channels.map(({ name }) => name)]).toEqual([4, ['temperature', 'humidity']]);
  expect(definition).toMatchObject({ stream: 'motes', frequency: '5s', season: null });
});
