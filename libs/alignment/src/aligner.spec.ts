import { roundTo, StreamDefinition } from '#contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alignReading, type Alignment, MAX_OPEN_BYTES, type TimedReading } from './aligner.js';
import type { AlignedFrame } from './closing.js';
import { endSeries } from './ending.js';
import type { SeriesState } from './open-steps.js';
import { alignmentRules, type AlignmentRules } from './rules.js';
import { stateFromJson, stateToJson } from './state-json.js';

const definition = (change: object = {}) =>
  StreamDefinition.parse({
    stream: 's',
    frequency: '10s',
    lateness: '15s',
    channels: [
      { name: 'a', min: -100, max: 100, decimals: 2 },
      { name: 'b', aggregate: 'last' },
    ],
    ...change,
  });
const rules = alignmentRules(definition());
const s = 1_000;

interface Run {
  readonly results: readonly Alignment[];
  readonly frames: readonly AlignedFrame[];
  readonly state: SeriesState | null;
}

/** All readings, one after the other; `between` may take the state away and bring it back. */
function run(
  readings: readonly TimedReading[],
  by: AlignmentRules = rules,
  between = (state: SeriesState | null) => state,
): Run {
  let state: SeriesState | null = null;
  const results = readings.map((reading) => {
    const result: Alignment = alignReading(by, state, reading);
    state = between(result.state);
    return result;
  });
  return { results, frames: results.flatMap((result) => result.frames), state };
}

const at = (seconds: number, values: Record<string, number | null> = {}): TimedReading => ({
  time: seconds * s,
  values,
});
const kinds = (result: Run) => result.results.map(({ outcome }) => outcome.kind);

/** A series that is given readings until it takes no more. */
function crowd(by: AlignmentRules, readingAt: (ms: number) => TimedReading) {
  let state: SeriesState | null = null;
  for (let ms = 0; ; ms++) {
    const result: Alignment = alignReading(by, state, readingAt(ms));
    if (result.outcome.kind === 'crowded' && state !== null) {
      return { state, times: ms, error: result.outcome.error };
    }
    state = result.state;
  }
}

/** The slow twin: whole list in hand, sort and group. Same rules, no state: who is late is asked of everything
 *  that came before, values of a time are overwritten in the order of arrival, steps are grouped at the end. */
function slowFrames(by: AlignmentRules, readings: readonly TimedReading[]): AlignedFrame[] {
  const bySteps = new Map<number, Map<number, Map<string, number | null>>>();
  let [greatest, closedBefore] = [-Infinity, -Infinity];
  for (const reading of readings) {
    const index = Math.floor(reading.time / by.frequency);
    const known = Object.entries(reading.values).filter(([name]) => by.indexOf.has(name));
    const ranged = known.filter(([name, value]) => {
      const channel = by.channels[by.indexOf.get(name) ?? -1];
      return channel !== undefined && (value === null || (value >= channel.min && value <= channel.max));
    });
    if (Object.keys(reading.values).length > 0 && known.length === 0) continue;
    if (index < closedBefore) continue;
    const times = bySteps.get(index) ?? new Map<number, Map<string, number | null>>();
    const values = times.get(reading.time) ?? new Map<string, number | null>();
    for (const [name, value] of ranged) values.set(name, value);
    times.set(reading.time, values);
    bySteps.set(index, times);
    greatest = Math.max(greatest, reading.time);
    closedBefore = Math.floor((greatest - by.lateness) / by.frequency);
  }
  return [...bySteps]
    .filter(([index]) => index < closedBefore)
    .sort(([left], [right]) => left - right)
    .map(([index, times]) => ({
      time: index * by.frequency,
      values: by.channels.map(({ name, aggregate, decimals }) => {
        const inOrder = [...times].sort(([left], [right]) => left - right);
        const seen = inOrder
          .map(([, values]) => values.get(name))
          .filter((value) => typeof value === 'number');
        if (seen.length === 0) return null;
        const value =
          aggregate === 'last' ? (seen.at(-1) ?? 0) : seen.reduce((sum, v) => sum + v, 0) / seen.length;
        return roundTo(value, decimals);
      }),
    }))
    .filter((frame) => frame.values.some((value) => value !== null));
}

const someValue = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -120, max: 120, noNaN: true }) },
  { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const someReading: fc.Arbitrary<TimedReading> = fc.record({
  time: fc.integer({ min: -60, max: 120 }).map((seconds) => seconds * s),
  values: fc.dictionary(fc.constantFrom('a', 'b', 'c'), someValue, { maxKeys: 3 }),
});
/** Distinct times, in the order in which a network with less delay than the lateness could bring them. */
const withinLateness = fc
  .uniqueArray(
    fc.record({
      time: fc.integer({ min: 0, max: 300 }).map((seconds) => seconds * s),
      values: fc.dictionary(fc.constantFrom('a', 'b'), someValue, { minKeys: 1, maxKeys: 2 }),
      delay: fc.integer({ min: 0, max: 15 * s }),
      otherDelay: fc.integer({ min: 0, max: 15 * s }),
    }),
    { selector: (reading) => reading.time, minLength: 1, maxLength: 60 },
  )
  .map((readings) => {
    const by = (delay: (reading: (typeof readings)[number]) => number) =>
      [...readings].sort((left, right) => left.time + delay(left) - right.time - delay(right));
    return [by((reading) => reading.delay), by((reading) => reading.otherDelay)] as const;
  });

describe('an aligner, on any readings', () => {
  test('equals its slow twin: collect everything, sort, group', () => {
    fc.assert(
      fc.property(fc.array(someReading, { maxLength: 80 }), (readings) => {
        expect(run(readings).frames).toEqual(slowFrames(rules, readings));
      }),
      { numRuns: 400 },
    );
  });

  test('gives the same frames for the same readings in any order within the lateness, none of them late', () => {
    fc.assert(
      fc.property(withinLateness, ([one, other]) => {
        const [left, right] = [one, other].map((readings) => run([...readings, at(1_000)]));
        expect(left?.frames).toEqual(right?.frames);
        expect(left && kinds(left)).not.toContain('late');
      }),
      { numRuns: 300 },
    );
  });

  test('never moves a watermark back, and gives frames in strictly increasing time', () => {
    fc.assert(
      fc.property(fc.array(someReading, { maxLength: 60 }), (readings) => {
        const { results, frames } = run(readings);
        const watermarks = results.flatMap(({ state }) => (state === null ? [] : [state.watermark]));
        for (const list of [watermarks, frames.map((frame) => frame.time)]) {
          expect([...list].sort((left, right) => left - right)).toEqual(list);
        }
        expect(new Set(frames.map((frame) => frame.time)).size).toBe(frames.length);
      }),
    );
  });

  test('goes on as if nothing had been when its state was written and read at any point', () => {
    fc.assert(
      fc.property(fc.array(someReading, { maxLength: 40 }), (readings) => {
        const through = (state: SeriesState | null) =>
          state && stateFromJson(JSON.parse(JSON.stringify(stateToJson(state))));
        expect(run(readings, rules, through)).toEqual(run(readings));
      }),
    );
  });

  test('gives each channel that was sent a fate: it counts, it is refused, or it is unknown', () => {
    fc.assert(
      fc.property(fc.array(someReading, { maxLength: 40 }), (readings) => {
        run(readings).results.forEach((result, index) => {
          const named = Object.keys(readings[index]?.values ?? {}).length;
          const counted = named - result.refusals.length - result.unknownChannels;
          expect(counted).toBeGreaterThanOrEqual(0);
          const { kind } = result.outcome;
          if (kind === 'accepted' || kind === 'duplicate' || kind === 'late')
            expect(counted).toBeGreaterThan(0);
          else expect(counted).toBe(0);
          if (kind === 'tick') expect(named).toBe(0);
          if (kind === 'refused') expect(result.refusals.length).toBeGreaterThan(0);
        });
      }),
    );
  });

  test('leaves the state that it was given as it was', () => {
    const first = alignReading(rules, null, at(1, { a: 1 })).state;
    const text = JSON.stringify(first);
    alignReading(rules, first, at(1, { a: 2 }));
    alignReading(rules, first, at(100, { a: 2 }));
    expect(JSON.stringify(first)).toBe(text);
  });
});

describe('the text of a state', () => {
  const wide = (channels: number) =>
    alignmentRules(
      definition({
        frequency: '1h',
        lookback: 8,
        // As long as names can be, and twice as long in JSON in JSON.
        channels: Array.from({ length: channels }, (_, index) => ({
          name: `${'"'.repeat(62)}${10 + index}`,
        })),
      }),
    );
  /** What a broker takes by default. */
  const KAFKA_RECORD_BYTES = 1_048_588;
  const long = fc.constantFrom(-0.0012345678901234567, 21.123456789012344, -1.2345678901234567e-100, 7, null);

  test('never exceeds a Kafka record, whatever the values: the reading before is TOO_DENSE', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.array(long, { minLength: 1 }), (channels, values) => {
        const by = wide(channels);
        const { state, error } = crowd(by, (ms) => ({
          time: ms,
          values: Object.fromEntries(
            by.channels.map(({ name }, index) => [name, values[index % values.length] ?? null]),
          ),
        }));
        const { length } = JSON.stringify(stateToJson(state));
        expect(length).toBeGreaterThan(MAX_OPEN_BYTES - 3_000);
        expect(length).toBeLessThan(KAFKA_RECORD_BYTES / 3);
        expect(error.code).toBe('TOO_DENSE');
      }),
      { numRuns: 8 },
    );
  });

  test('is as long as the steps say, reading by reading', () => {
    fc.assert(
      fc.property(fc.array(someReading, { minLength: 1, maxLength: 60 }), (readings) => {
        for (const { state } of run(readings).results) {
          if (state === null || state.open.length === 0) continue;
          const { length } = JSON.stringify(stateToJson(state).open);
          expect(state.open.reduce((sum, step) => sum + step.bytes, 0)).toBe(length - 1);
        }
      }),
    );
  });
});

describe('a series that ends', () => {
  test('leaves the frames that its open steps would have become', () => {
    fc.assert(
      fc.property(fc.array(someReading, { maxLength: 60 }), (readings) => {
        const { state, frames } = run(readings);
        fc.pre(state !== null);
        const end = endSeries(rules, state);
        expect(end.unframed).toEqual([]);
        expect([...frames, ...end.frames]).toEqual(run([...readings, at(100_000)]).frames);
      }),
    );
  });

  test.each([
    ['is not defined any more', null],
    ['was defined with another grid', alignmentRules(definition({ channels: [{ name: 'x' }] }))],
  ])('leaves what it held, when its stream %s: enough to begin it again', (_, other) => {
    fc.assert(
      fc.property(fc.array(someReading, { maxLength: 60 }), (readings) => {
        const { state } = run(readings);
        fc.pre(state !== null);
        const { frames, unframed } = endSeries(other, state);
        expect(frames).toEqual([]);
        expect(run([...unframed, at(100_000)]).frames).toEqual(endSeries(rules, state).frames);
      }),
    );
  });

  test('keeps what was taken back as taken back', () => {
    const { state } = run([at(3, { a: 1, b: 2, c: 3 }), at(3, { b: null }), at(4, { a: 999, b: 5 })]);
    expect(state && endSeries(null, state).unframed).toEqual([at(3, { a: 1, b: null }), at(4, { b: 5 })]);
  });
});

describe('a step', () => {
  test('closes when the watermark reaches its end, and not a millisecond before', () => {
    const open = run([at(3, { a: 1 }), { time: 25 * s - 1, values: {} }]);
    expect(open.frames).toEqual([]);
    expect(run([at(3, { a: 1 }), at(25)]).frames).toEqual([{ time: 0, values: [1, null] }]);
  });

  test('holds the mean over its times, or the last by time, rounded to the decimals of the channel', () => {
    const readings = [at(9, { a: 2, b: 9 }), at(3, { a: 1, b: 3 }), at(6, { a: 2.005 }), at(100)];
    expect(run(readings).frames).toEqual([{ time: 0, values: [1.67, 9] }]);
  });

  test('in which only null was sent, or nothing, writes no frame', () => {
    expect(run([at(3, { a: null }), at(13, { b: 1 }), at(43, { a: 1 }), at(100)]).frames).toEqual([
      { time: 10 * s, values: [null, 1] },
      { time: 40 * s, values: [1, null] },
    ]);
  });

  test('puts channels of one time together, and the last correction of a value counts', () => {
    const readings = [at(3, { a: 1 }), at(3, { b: 5 }), at(3, { a: 4, b: 5 }), at(3, { b: null }), at(100)];
    const result = run(readings);
    expect(result.frames).toEqual([{ time: 0, values: [4, null] }]);
    expect(result.results.map(({ outcome }) => outcome)).toEqual([
      { kind: 'accepted', correction: false },
      { kind: 'accepted', correction: false },
      { kind: 'accepted', correction: true },
      { kind: 'accepted', correction: true },
      { kind: 'tick' },
    ]);
  });

  test('has the mean of huge values, not infinity', () => {
    const wide = alignmentRules(definition({ channels: [{ name: 'a' }] }));
    expect(run([at(1, { a: 1.7e308 }), at(2, { a: 1.7e308 }), at(99)], wide).frames[0]?.values).toEqual([
      1.7e308,
    ]);
  });

  test('that holds as much as a stored state may refuses more, and closes as it should', () => {
    const hour = alignmentRules(definition({ frequency: '1h', lookback: 8 }));
    const { state, times } = crowd(hour, (ms) => ({ time: ms, values: { a: 1 } }));
    // 100 a second for a minute and more.
    expect(times).toBeGreaterThan(15_000);
    // What is known already may come again, and be corrected by what is no longer.
    expect(alignReading(hour, state, { time: 0, values: { a: 1 } }).outcome.kind).toBe('duplicate');
    expect(alignReading(hour, state, { time: 0, values: { a: 2 } }).outcome.kind).toBe('accepted');
    expect(alignReading(hour, state, { time: 0, values: { a: -1.234567890123456 } }).outcome.kind).toBe(
      'crowded',
    );
    expect(alignReading(hour, state, at(7_300)).frames).toEqual([{ time: 0, values: [1, null] }]);
    // Not a tick alone: the first reading behind the crowded step makes its own room.
    const next = alignReading(hour, state, at(7_300, { a: 1 }));
    expect(next).toMatchObject({ outcome: { kind: 'accepted' }, frames: [{ time: 0, values: [1, null] }] });
    // Where the lateness keeps the crowded step open, refused readings still move the time on, until it closes.
    const patient = alignmentRules(definition({ frequency: '1h', lookback: 8, lateness: '1h' }));
    const crowded = { ...state, fingerprint: patient.fingerprint };
    const refused = alignReading(patient, crowded, at(7_199, { a: 1 }));
    expect(refused).toMatchObject({ outcome: { kind: 'crowded' }, frames: [] });
    expect(refused.state?.watermark).toBeGreaterThan(crowded.watermark);
    expect(alignReading(patient, refused.state, at(7_200, { a: 1 })).outcome.kind).toBe('accepted');
  });
});

describe('a reading', () => {
  test.each([
    ['the same again is a duplicate', [at(3, { a: 1 }), at(3, { a: 1 })], 'duplicate'],
    ['a part of the same again is a duplicate', [at(3, { a: 1, b: 2 }), at(3, { b: 2 })], 'duplicate'],
    ['minus zero is zero: a duplicate', [at(3, { a: 0 }), at(3, { a: -0 })], 'duplicate'],
    ['of a closed step is late', [at(3, { a: 1 }), at(25), at(9, { a: 1 })], 'late'],
    [
      'of a closed step is late, though it is the same again',
      [at(3, { a: 1 }), at(25), at(3, { a: 1 })],
      'late',
    ],
    ['of no known channel is dead', [at(3, { c: 1, d: null })], 'unknown'],
    ['without values is a tick', [at(3)], 'tick'],
    ['without values is a tick, also behind the watermark', [at(100), at(3)], 'tick'],
    ['of which every known channel is refused is refused', [at(3, { a: 101, c: 1 })], 'refused'],
  ])('%s', (_, readings, kind) => {
    expect(kinds(run(readings)).at(-1)).toBe(kind);
  });

  test('says of each refused channel why; the others go on', () => {
    const { refusals, outcome, unknownChannels } = alignReading(
      rules,
      null,
      at(3, { a: -100.5, b: 1, c: 1 }),
    );
    expect(refusals.map(({ code, message }) => [code, message])).toEqual([
      ['OUT_OF_RANGE', 'channel "a": -100.5 is outside its plausible range -100 to 100'],
    ]);
    expect(outcome).toEqual({ kind: 'accepted', correction: false });
    expect(unknownChannels).toBe(1);
    expect(alignReading(rules, null, at(3, { b: Infinity })).refusals[0]?.code).toBe('NOT_FINITE');
    for (const edge of [-100, 100]) {
      expect(alignReading(rules, null, at(3, { a: edge })).refusals).toEqual([]);
    }
  });

  test('that is dead or late does not move the watermark; one whose values are refused does', () => {
    const begun = alignReading(rules, null, at(3, { a: 1 })).state;
    expect(alignReading(rules, begun, at(500, { c: 1 })).state).toBe(begun);
    expect(alignReading(rules, begun, at(500, { a: 999 })).frames).toEqual([{ time: 0, values: [1, null] }]);
  });

  test('of a stream that was defined anew does not meet the old state; a new lateness changes none', () => {
    const begun = alignReading(rules, null, at(300, { a: 1 })).state;
    const other = alignmentRules(definition({ channels: [{ name: 'x' }, { name: 'b' }] }));
    expect(() => alignReading(other, begun, at(3, { x: 1 }))).toThrow(/a state of another grid/);
    const patient = alignmentRules(definition({ lateness: '10m' }));
    expect(alignReading(patient, begun, at(3, { a: 1 })).outcome.kind).toBe('late');
    expect(alignReading(patient, begun, at(301, { a: 1 })).state?.watermark).toBe(begun?.watermark);
  });
});
