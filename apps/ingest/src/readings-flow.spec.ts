import { DEAD_LETTER_HEADERS, READING_TIME_HEADER, StreamDefinition } from '#contracts';
import { homePartition, type InputRecord } from '#kafka';
import { describe, expect, test } from 'vitest';
import { FORWARDED_HEADER } from './passed-on.js';
import { readingsTask } from './readings.task.js';
import {
  day,
  definition,
  EPOCH,
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
        },
      },
    ]);
    expect(result.counts).toEqual({ read: 1, forwarded: 1 });
    const there = {
      ...record,
      partition: home,
      headers: { [FORWARDED_HEADER]: Buffer.from('readings/1/100') },
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

  test('is POISON when it was forwarded already: no loop', async () => {
    const headers = { [FORWARDED_HEADER]: Buffer.from('readings/1/7') };
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
    expect((await run(toRecords([kiln(1), kiln(2)]), { table })).counts).toEqual({ read: 2, framed: 2 });
    expect(table.caughtUp).toBe(1);
  });

  test('that nobody defines costs one catch-up a batch, and none for records older than the last', async () => {
    const table = new Table(definition);
    const records = toRecords([kiln(1), kiln(2), kiln(3), { ...kiln(4), timestamp: 0 }, kiln(5)]);
    const result = await run(records, { table, cuts: [3, 1, 1] });
    expect(reasons(result)).toEqual(records.map(() => 'UNKNOWN_STREAM'));
    expect(table.caughtUp).toBe(2);
  });

  test('that was deleted is unknown again, and what its series kept goes with the next reading', async () => {
    const table = new Table(definition);
    const records = toRecords([{ value: reading(1, { load: 1 }) }, { value: reading(2, { load: 1 }) }]);
    const task = readingsTask({ definitions: table, homePartition });
    const partition = await task.open({
      partition: 0,
      partitions: 1,
      entries: new Map(),
      position: null,
    } as never);
    expect((await partition.process(records.slice(0, 1))).changes[0]?.value).toMatch(
      /^\{"seen":\d+,"aligned":/,
    );
    table.known.clear();
    const output = await partition.process(records.slice(1));
    expect(output.changes).toEqual([{ key: 'mill/x', value: null }]);
    expect(output.counts).toEqual({ read: 1, 'dead:UNKNOWN_STREAM': 1 });
  });
});

describe('a silent series', () => {
  test.each([
    ['swept before', [2, 1, 1]],
    ['met first by its next reading', []],
  ])('is forgotten by the time of the log, %s: a new beginning', async (_, cuts) => {
    const sent = [
      { value: reading(600, { load: 1 }), timestamp: 0 },
      { value: reading(600, { load: 1 }, 'y'), timestamp: s },
      { value: reading(601, { load: 1 }, 'y'), timestamp: day },
      { value: reading(1, { load: 1 }), timestamp: day + s },
    ];
    const result = await run(toRecords(sent), { cuts });
    if (cuts.length > 0) expect(result.outputs[1]?.changes).toContainEqual({ key: 'mill/x', value: null });
    expect(result.counts).toEqual({ read: 4, framed: 4, expired: 1 });
    expect([...result.changelog.keys()].sort()).toEqual(['mill/x', 'mill/y']);
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
  ['a state that is not aligned', '{"seen":1,"aligned":{}}', /grid is not a text/],
])('%s in the changelog stops the opening loudly', async (_, text, message) => {
  const task = readingsTask({ definitions: new Table(definition), homePartition });
  const entries = new Map([['mill/x', text]]);
  await expect(async () =>
    task.open({ partition: 0, partitions: 1, entries, position: null } as never),
  ).rejects.toThrow(message);
});
