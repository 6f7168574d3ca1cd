import { DEAD_LETTER_HEADERS, READING_TIME_HEADER, StreamDefinition } from '#contracts';
import { homePartition, type InputRecord } from '#kafka';
import { describe, expect, test } from 'vitest';
import { FORWARDED_HEADER, HOME_HEADER } from './passed-on.js';
import { readingsTask } from './readings.task.js';
import {
  day,
  definition,
  EPOCH,
  frames,
  header,
  reading,
  reasons,
  run,
  s,
  Table,
  toRecords,
} from './testing/task-bench.js';

describe('a reading outside its home partition', () => {
  const partitions = 6;
  const home = homePartition('mill/x', partitions);
  const elsewhere = (home + 1) % partitions;

  test('goes home once, with its bytes, the key of its series and where it came from', async () => {
    const [record] = toRecords([{ value: reading(1, { load: 1 }) }], elsewhere) as [InputRecord];
    const result = await run([record], { partitions });
    expect(result.records).toEqual([
      {
        topic: 'readings',
        partition: home,
        key: 'mill/x',
        value: record.value,
        headers: {
          [READING_TIME_HEADER]: String(record.timestamp),
          [FORWARDED_HEADER]: `readings/${elsewhere}/100`,
          [HOME_HEADER]: `${home}/${partitions}`,
        },
      },
    ]);
    expect(result.counts).toEqual({ read: 1, forwarded: 1 });
    const there = {
      ...record,
      partition: home,
      headers: { [HOME_HEADER]: Buffer.from(`${home}/${partitions}`) },
    };
    expect((await run([there], { partitions })).counts).toEqual({ read: 1, framed: 1 });
  });

  test('is dated from where it first came in, and so is the frame that it closes', async () => {
    const sent = [1, 40].map((seconds) => ({ value: reading(seconds, { load: 1 }), timestamp: seconds * s }));
    const { records } = await run(toRecords(sent, elsewhere), { partitions });
    const arrived = records.map(({ value, headers }) => ({
      value: value as Buffer,
      timestamp: 90 * s,
      headers: Object.fromEntries(
        Object.entries(headers ?? {}).map(([name, text]) => [name, Buffer.from(text)]),
      ),
    }));
    for (const [readings, expected] of [
      [arrived, 40],
      [sent, 40],
      [sent.map((one) => ({ ...one, timestamp: 90 * s })), 90],
    ] as const) {
      const [frame, ...others] = (await run(toRecords(readings, home), { partitions })).records;
      expect(frame?.topic).toBe('frames');
      expect(header(frame, READING_TIME_HEADER)).toBe(String(EPOCH + expected * s));
      expect(others).toEqual([]);
    }
  });

  test.each([
    ['from a cluster with other partitions', (at: number) => `${at}/12`],
    ['from another partition, sent again as a dead letter', (at: number) => `${at + 1}/${partitions}`],
  ])('goes home though it was forwarded before, %s: the headers of copies say nothing', async (_, says) => {
    const headers = {
      [FORWARDED_HEADER]: Buffer.from('readings/1/7'),
      [HOME_HEADER]: Buffer.from(says(elsewhere)),
    };
    const sent = { value: reading(1, { load: 1 }), headers };
    const { counts, records } = await run(toRecords([sent], elsewhere), { partitions });
    expect(counts).toEqual({ read: 1, forwarded: 1 });
    expect([FORWARDED_HEADER, HOME_HEADER].map((name) => header(records[0], name))).toEqual([
      `readings/${elsewhere}/100`,
      `${home}/${partitions}`,
    ]);
  });

  test('is POISON when it was forwarded to where it lies: no loop', async () => {
    const headers = { [HOME_HEADER]: Buffer.from(`${elsewhere}/${partitions}`) };
    const result = await run(toRecords([{ value: reading(1, { load: 1 }), headers }], elsewhere), {
      partitions,
    });
    expect(reasons(result)).toEqual(['POISON']);
    expect(header(result.records[0], DEAD_LETTER_HEADERS.message)).toContain(`belongs to ${home}`);
  });

  test('is held against the record that brought it in, before it gets a newer one', async () => {
    const result = await run(toRecords([{ value: reading(7_200, { load: 1 }) }], elsewhere), { partitions });
    expect(reasons(result)).toEqual(['ABSURD_TIME']);
  });
});

describe('a stream', () => {
  const other = StreamDefinition.parse({ ...definition, stream: 'kiln' });
  const kiln = (seconds: number) => ({ value: reading(seconds, { load: 1 }, 'x', 'kiln') });

  test('that was defined before its readings were sent is known: the table is caught up first', async () => {
    const table = new Table(definition);
    table.late.set('kiln', other);
    expect((await run(toRecords([kiln(1)]))).counts).toEqual({ read: 1, 'dead:UNKNOWN_STREAM': 1 });
    expect((await run(toRecords([kiln(1), kiln(2)]), { table })).counts).toEqual({ read: 2, framed: 2 });
  });

  test('that nobody defines costs one catch-up a batch', async () => {
    const table = new Table(definition);
    const records = toRecords([kiln(1), kiln(2), kiln(3), kiln(4), kiln(5)]);
    const result = await run(records, { table, cuts: [3, 1, 1] });
    expect(reasons(result)).toEqual(records.map(() => 'UNKNOWN_STREAM'));
    // And one when the partition was opened.
    expect(table.caughtUp).toBe(1 + 3);
  });

  const begun = () =>
    run(toRecords([{ value: reading(1, { speed: 7, load: null }) }, { value: reading(12, { load: 1 }) }]));

  test.each([
    ['its next reading', { value: reading(14, { load: 2 }), timestamp: 9 * s }, 'dead:UNKNOWN_STREAM'],
    ['any record of a later minute', { value: 'no reading', timestamp: 60 * s }, 'dead:NOT_JSON'],
  ])(
    'that was deleted is forgotten at %s: what its series held goes to the dead letters',
    async (_, at, own) => {
      const result = await run(toRecords([at]), { table: new Table(), before: await begun() });
      expect(result.changelog.size).toBe(0);
      expect(result.counts).toEqual({ read: 1, [own]: 1, 'dead:STREAM_GONE': 2 });
      const gone = result.records.filter(
        (letter) => header(letter, DEAD_LETTER_HEADERS.reason) === 'STREAM_GONE',
      );
      expect(gone.map(({ key, value }) => [key, String(value)])).toEqual([
        [
          'mill/x',
          '{"stream":"mill","series":"x","time":"2026-01-01T00:00:01.000Z","values":{"speed":7,"load":null}}',
        ],
        ['mill/x', '{"stream":"mill","series":"x","time":"2026-01-01T00:00:12.000Z","values":{"load":1}}'],
      ]);
      expect(header(gone[0], DEAD_LETTER_HEADERS.offset)).toBe('100');
      // They are readings: sent again, they are what was sent first.
      const again = await run(
        toRecords([...gone.map(({ value }) => ({ value: String(value) })), { value: reading(60) }]),
      );
      expect(frames(again)).toEqual(
        frames(await run(toRecords([{ value: reading(60) }]), { before: await begun() })),
      );
    },
  );

  test.each([
    ['its next reading', { value: reading(14, { heat: 2 }), timestamp: 9 * s }, 'framed'],
    ['a record that comes when it has expired', { value: 'no reading', timestamp: 2 * day }, 'dead:NOT_JSON'],
  ])('that was defined anew with other channels begins anew at %s', async (_, at, own) => {
    const table = new Table(StreamDefinition.parse({ ...definition, channels: [{ name: 'heat' }] }));
    const result = await run(toRecords([at]), { table, before: await begun() });
    expect(result.counts).toEqual({ read: 1, [own]: 1, 'dead:STREAM_GONE': 2 });
  });

  test('is not taken for deleted by a table that lags when a partition is opened', async () => {
    const table = new Table();
    table.late.set('mill', definition);
    const result = await run(toRecords([{ value: 'no reading', timestamp: 60 * s }]), {
      table,
      before: await begun(),
    });
    expect(result.counts).toEqual({ read: 1, 'dead:NOT_JSON': 1 });
  });
});

describe('a silent series', () => {
  test.each([
    ['with the first record of a later minute', 0, 'mill/y'],
    ['with its own next reading, in the same minute', 2 * s, 'mill/x'],
  ])('is forgotten by the time of the log, %s: its open step becomes a frame', async (_, seen, by) => {
    const sent = [
      { value: reading(600, { load: 1 }), timestamp: seen },
      { value: reading(600, { load: 1 }, 'y'), timestamp: seen + 2 * s },
      { value: reading(601, { load: 1 }, 'y'), timestamp: day + s },
      { value: reading(1, { load: 1 }), timestamp: day + 2 * s },
    ];
    const { counts, changelog, outputs, records } = await run(toRecords(sent), { cuts: [1, 1, 1, 1] });
    expect(outputs.findIndex((output) => output.counts['expired'] === 1)).toBe(by === 'mill/y' ? 2 : 3);
    expect(counts).toEqual({ read: 4, framed: 4, expired: 1, frames: 1 });
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      [
        'mill/x',
        '{"stream":"mill","series":"x","time":"2026-01-01T00:10:00.000Z","values":{"speed":null,"load":1}}',
      ],
    ]);
    expect([...changelog.keys()].sort()).toEqual(['mill/x', 'mill/y']);
  });

  test('a millisecond earlier is not', async () => {
    const sent = [
      { value: reading(1, { load: 1 }), timestamp: 0 },
      { value: reading(1, { load: 1 }), timestamp: day - 1 },
    ];
    expect((await run(toRecords(sent))).counts).toEqual({ read: 2, framed: 1, duplicate: 1 });
  });
});

test.each([
  ['a state that is not JSON', '{', /mill\/x is not JSON/],
  ['a state without a time', '{"aligned":{}}', /mill\/x is not one of ours/],
  ['a state of no life', '{"seen":1,"aligned":{}}', /mill\/x is not one of ours/],
  ['a state that is not aligned', '{"seen":1,"begun":1,"aligned":{}}', /grid is not a text/],
])('%s in the changelog stops the opening loudly', async (_, text, message) => {
  const task = readingsTask({ definitions: new Table(definition) });
  const entries = new Map([['mill/x', text]]);
  await expect(async () =>
    task.open({ partition: 0, partitions: 1, entries, position: null } as never),
  ).rejects.toThrow(message);
});
