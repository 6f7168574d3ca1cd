import { DEAD_LETTER_HEADERS, type ErrorCode, READING_TIME_HEADER, SERIES_LIFE_HEADER } from '#contracts';
import { CUT_HEADER, type InputRecord } from '#kafka';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REASONS_BESIDE } from './batch-output.js';
import { readingsTask } from './readings.task.js';
import {
  bytes,
  day,
  EPOCH,
  frames,
  header,
  reading,
  reasons,
  run,
  s,
  type Sent,
  toRecords,
} from './testing/task-bench.js';

const mess: fc.Arbitrary<Sent> = fc.record(
  {
    value: fc.oneof(
      {
        weight: 12,
        arbitrary: fc.record({
          stream: fc.constantFrom('mill', 'mill', 'mill', 'mill', 'nobody'),
          series: fc.constantFrom('x', 'y', 'z'),
          time: fc.integer({ min: -30, max: 90 }).map((seconds) => EPOCH + seconds * s),
          values: fc.dictionary(
            fc.constantFrom('speed', 'load', 'colour'),
            fc.oneof(fc.integer({ min: -12, max: 60 }), fc.constant(null)),
          ),
        }),
      },
      { weight: 1, arbitrary: fc.constant('not json') },
      {
        weight: 1,
        arbitrary: fc.constant(
          '{"stream":"mill","series":"x","time":"2026-01-01T00:00:09Z","values":{"load":1e999}}',
        ),
      },
      { weight: 1, arbitrary: fc.constant({ stream: 'mill' }) },
      { weight: 1, arbitrary: fc.constant(reading(1e6, { load: 1 })) },
    ),
    timestamp: fc.constant(0),
  },
  { requiredKeys: ['value'] },
);
/** Record timestamps ascend, but for a new leader's clock that is behind; sometimes by as much as series live. */
const pause = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 5 * s }) },
  { weight: 1, arbitrary: fc.integer({ min: -8 * s, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: day - 8 * s, max: day }) },
);
const log = fc.array(fc.tuple(mess, pause), { maxLength: 60 }).map((entries) => {
  let timestamp = 0;
  return entries.map(([sent, passed]) => ({ ...sent, timestamp: (timestamp += passed) }));
});

/** Series and step of a reading or a frame. */
const stepOf = ({ series, time }: { readonly series: string; readonly time: number | string }) =>
  `${series} ${Math.floor(new Date(time).getTime() / (10 * s))}`;

describe('readings to frames', () => {
  test('gives the same bytes and the same changelog however the log is cut, and restored at every cut', async () => {
    await fc.assert(
      fc.asyncProperty(log, fc.array(fc.integer({ min: 1, max: 7 })), async (sent, cuts) => {
        const whole = await run(toRecords(sent));
        const cut = await run(toRecords(sent), { cuts, reopen: true });
        expect(bytes(cut)).toEqual(bytes(whole));
        expect(cut.position).toEqual(whole.position);
        expect(cut.changelog).toEqual(whole.changelog);
        expect(cut.counts).toEqual(whole.counts);
      }),
      { numRuns: 150 },
    );
  });

  test('counts every reading once: framed, duplicate, tick, forwarded, refused, or dead by a reason of its own', async () => {
    await fc.assert(
      fc.asyncProperty(log, async (sent) => {
        const result = await run(toRecords(sent), { partitions: 2 });
        const {
          read = 0,
          framed = 0,
          duplicate = 0,
          tick = 0,
          forwarded = 0,
          refused = 0,
          ...rest
        } = result.counts;
        const letters = Object.entries(rest).filter(([name]) => name.startsWith('dead:'));
        const beside = REASONS_BESIDE.map((reason): string => `dead:${reason}`);
        const sum = (list: [string, number][]) => list.reduce((total, [, by]) => total + by, 0);
        const whole = sum(letters.filter(([name]) => !beside.includes(name)));
        expect(read).toBe(sent.length);
        expect(framed + duplicate + tick + forwarded + refused + whole).toBe(read);
        const topics = result.records.map(({ topic }) => topic);
        expect(topics.filter((topic) => topic === 'readings.dead')).toHaveLength(sum(letters));
        expect(topics.filter((topic) => topic === 'frames')).toHaveLength(rest['frames'] ?? 0);
        expect(topics.filter((topic) => topic === 'readings')).toHaveLength(forwarded);
      }),
      { numRuns: 150 },
    );
  });

  test('loses nothing that it took in: every reading is in a frame or put aside, when all series have ended', async () => {
    const some = fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.integer({ min: -30, max: 90 }), pause);
    await fc.assert(
      fc.asyncProperty(fc.array(some, { maxLength: 60 }), async (entries) => {
        let timestamp = 0;
        const sent: Sent[] = entries.map(([series, seconds, passed]) => ({
          value: reading(seconds, { load: seconds % 10 }, series),
          timestamp: (timestamp += passed),
        }));
        const result = await run(toRecords([...sent, { value: 'the end', timestamp: timestamp + 2 * day }]));
        expect(result.changelog.size).toBe(0);
        const seen = new Set([
          ...frames(result).map((frame) => stepOf(frame as ReturnType<typeof reading>)),
          ...result.records
            .filter(({ topic }) => topic === 'readings.dead')
            .map(({ value }) => String(value)),
        ]);
        for (const { value } of sent) {
          expect(
            seen.has(JSON.stringify(value)) || seen.has(stepOf(value as ReturnType<typeof reading>)),
          ).toBe(true);
        }
      }),
    );
  });

  test('writes a frame under the key of its series when a later reading closes the step', async () => {
    const result = await run(
      toRecords([
        { value: reading(1, { speed: 1.26, load: null }) },
        { value: reading(12, { load: 1 }) },
        { value: reading(20) },
      ]),
    );
    expect(result.records).toEqual([
      {
        topic: 'frames',
        key: 'mill/x',
        value:
          '{"stream":"mill","series":"x","time":"2026-01-01T00:00:00.000Z","values":{"speed":1.3,"load":null}}',
        headers: {
          [READING_TIME_HEADER]: String(EPOCH + 2 * s),
          [SERIES_LIFE_HEADER]: String(EPOCH),
        },
      },
    ]);
    expect(result.counts).toEqual({ read: 3, framed: 2, tick: 1, frames: 1 });
    expect(result.outputs[0]?.changes).toHaveLength(1);
  });
});

describe('a dead letter', () => {
  const many = { pad: 'x'.repeat(65 * 1024) };
  test.each<[ErrorCode, Sent['value'], RegExp]>([
    ['NOT_JSON', '{"stream":', /not JSON/],
    [
      'NOT_JSON',
      '{"stream":"mill","series":"x","time":1767225601000,"values":{"load":NaN}}',
      /NaN is not JSON: send null/,
    ],
    ['NOT_JSON', Buffer.from([0x22, 0xff, 0x22]), /not UTF-8/],
    ['NOT_JSON', null, /empty/],
    ['TOO_LARGE', { ...reading(1, { load: 1 }), ...many }, /bytes, more than 65536/],
    ['WRONG_TYPE', '[]', /the reading: /],
    ['WRONG_TYPE', reading(1, { load: '1' }), /values\.load: must be a number or null, not text/],
    ['WRONG_TYPE', { ...reading(1), time: '2026-01-01T00:00:00' }, /time: write ISO 8601 with an offset/],
    ['WRONG_TYPE', { ...reading(1), time: '0999-01-01T00:00:00Z' }, /time: write ISO 8601/],
    ['WRONG_TYPE', { series: 'x', time: EPOCH }, /stream: /],
    ['UNKNOWN_STREAM', reading(1, { load: 1 }, 'x', 'nobody'), /no stream "nobody"/],
    ['UNKNOWN_CHANNEL', reading(1, { colour: 1 }), /defined in stream "mill": colour/],
    [
      'NOT_FINITE',
      '{"stream":"mill","series":"x","time":1767225601000,"values":{"load":1e999}}',
      /"load": Infinity/,
    ],
    ['OUT_OF_RANGE', reading(1, { speed: 1048 }), /"speed": 1048 is outside its plausible range 0 to 50/],
    ['ABSURD_TIME', reading(3601, { load: 1 }), /2026-01-01T01:00:01.000Z is more than 1h ahead/],
  ])('%s is put aside with its bytes, reason and place', async (reason, value, message) => {
    const [record] = toRecords([{ value, headers: { trace: Buffer.from('7') } }]);
    const result = await run([record as InputRecord]);
    expect(result.records).toHaveLength(1);
    const [letter] = result.records;
    expect(letter).toMatchObject({ topic: 'readings.dead', key: record?.key, value: record?.value });
    expect(header(letter, 'trace')).toBe('7');
    expect(header(letter, DEAD_LETTER_HEADERS.message)).toMatch(message);
    expect(
      [DEAD_LETTER_HEADERS.reason, DEAD_LETTER_HEADERS.topic, DEAD_LETTER_HEADERS.offset].map((name) =>
        header(letter, name),
      ),
    ).toEqual([reason, 'readings', '100']);
    expect(result.counts[`dead:${reason}`]).toBe(1);
  });

  test('LATE: of a step that is closed', async () => {
    const result = await run(
      toRecords([
        { value: reading(1, { load: 1 }) },
        { value: reading(20) },
        { value: reading(9, { load: 1 }) },
      ]),
    );
    expect(reasons(result)).toEqual(['LATE']);
  });

  test('of each refused channel; the others of the reading go on', async () => {
    const value = '{"stream":"mill","series":"x","time":1767225601000,"values":{"speed":-1,"load":3}}';
    const result = await run(
      toRecords([{ value }, { value: reading(2, { speed: 99, load: 11 }) }, { value: reading(60) }]),
    );
    expect(reasons(result)).toEqual(['OUT_OF_RANGE', 'OUT_OF_RANGE', 'OUT_OF_RANGE']);
    expect(frames(result)).toEqual([
      { stream: 'mill', series: 'x', time: '2026-01-01T00:00:00.000Z', values: { speed: null, load: 3 } },
    ]);
    expect(result.counts).toEqual({
      read: 3,
      framed: 1,
      refused: 1,
      tick: 1,
      'dead:OUT_OF_RANGE': 3,
      frames: 1,
    });
  });

  test('POISON: what a runner writes for a record that makes our code throw', async () => {
    const task = readingsTask({
      definitions: {
        get: () => {
          throw new TypeError('oh');
        },
        catchUp: () => Promise.resolve(),
      },
    });
    const [record] = toRecords([{ value: reading(1, { load: 1 }) }]) as [InputRecord];
    const partition = await task.open({
      partition: 0,
      partitions: 1,
      entries: new Map(),
      position: null,
    } as never);
    await expect(partition.process([record])).rejects.toThrow('oh');
    const output = partition.reject(record, new TypeError('oh'));
    expect(header(output.records[0], DEAD_LETTER_HEADERS.reason)).toBe('POISON');
    expect(header(output.records[0], DEAD_LETTER_HEADERS.message)).toMatch(/TypeError: oh/);
    expect(output.counts).toEqual({ read: 1, 'dead:POISON': 1 });
    expect(output.partitionState).toEqual({ now: record.timestamp });
  });

  test('that no broker would take is cut, and says how long it was', async () => {
    const [record] = toRecords([
      { value: Buffer.alloc(5_000_000, 'x'), headers: { huge: Buffer.alloc(100_000) } },
    ]) as [InputRecord];
    const [letter] = (await run([record])).records;
    expect(letter?.value).toHaveLength(64 * 1024);
    expect(header(letter, CUT_HEADER)).toBe('5000000');
    expect(letter?.headers).not.toHaveProperty('huge');
  });
});
