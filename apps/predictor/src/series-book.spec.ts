import { StreamDefinition } from '#contracts';
import { longestContext, type SeriesMemory } from '#engine';
import { seededRandom } from '#kafka/testing';
import { describe, expect, test } from 'vitest';
import type { LoggedFrame } from './logged-frame.js';
import { SeriesBook } from './series-book.js';
import { decodeSeries, encodeSeries, fingerprintOf, type SeriesRecord } from './series-record.js';
import { definition, HOUR } from './testing/frames-world.js';

const CONTEXT = longestContext(definition);
/** As the definition has it. */
const EXPIRY = 20 * HOUR;
const MEMORY: SeriesMemory = { first: 3, last: 9, scores: {} };
const remembered = () => MEMORY;

/** The frame of an hour: one grid step an hour, two offsets a step, as one series alone would lie in the log. */
function frameAt(series: string, hour: number, more: Partial<LoggedFrame> = {}): LoggedFrame {
  const place = { offset: BigInt(2 * hour), now: hour * HOUR };
  return { series, gridIndex: hour, values: Float64Array.of(1, 2), ...place, life: null, ...more };
}

/** A book into which frames were entered, each with its forecast at the offset `1000 + hour`. */
function bookOf(...frames: readonly LoggedFrame[]): SeriesBook {
  const book = new SeriesBook(definition);
  for (const frame of frames) book.enter(frame, true, BigInt(1000 + frame.gridIndex));
  return book;
}

const hours = (series: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => frameAt(series, from + index));
const tombstone = (series: string) => ({ key: `s/${series}`, value: null });

describe('a rebuild', () => {
  test('reaches back over the context of frames, and over the horizon of forecasts; little further', () => {
    const book = bookOf(...hours('x', 0, 1000));
    const frames = Number(book.needsFrom('frames')) / 2;
    expect(frames).toBeLessThanOrEqual(1000 - CONTEXT);
    expect(frames).toBeGreaterThan(1000 - CONTEXT * 1.3);
    const forecasts = Number(book.needsFrom('forecasts')) - 1000;
    expect(forecasts).toBeLessThanOrEqual(999 - definition.horizon);
    expect(forecasts).toBeGreaterThan(999 - definition.horizon - 3);
  });

  test('reaches back as far as the series does that needs most; nowhere where there is none', () => {
    const book = bookOf(...hours('young', 100, 110), frameAt('old', 40), frameAt('middle', 60));
    expect([book.needsFrom('frames'), book.needsFrom('forecasts')]).toEqual([80n, 1040n]);
    book.forget('old');
    expect([book.needsFrom('frames'), book.needsFrom('forecasts')]).toEqual([120n, 1060n]);
    book.forgetAll();
    expect([book.needsFrom('frames'), book.needsFrom('forecasts')]).toEqual([null, null]);
  });

  test('takes the frames of living series, from the first one that it needs', () => {
    const book = bookOf(frameAt('x', 50), frameAt('y', 60));
    const wanted = (series: string, offset: bigint) => book.isWanted({ series, offset });
    expect([wanted('x', 99n), wanted('x', 100n), wanted('x', 130n)]).toEqual([false, true, true]);
    expect([wanted('y', 100n), wanted('y', 120n), wanted('nobody', 130n)]).toEqual([false, true, false]);
  });

  test('that was begun goes on by the marks of its beginning, whatever becomes of the series', () => {
    const book = bookOf(frameAt('x', 50), frameAt('y', 60));
    const wanted = book.wanted();
    book.forget('x');
    book.enter(frameAt('new', 61), true, 0n);
    for (const frame of hours('y', 70, 70 + 2 * CONTEXT)) book.enter(frame, true, 0n);
    expect([wanted(frameAt('x', 50)), book.isWanted(frameAt('x', 50))]).toEqual([true, false]);
    expect([wanted(frameAt('y', 60)), book.isWanted(frameAt('y', 60))]).toEqual([true, false]);
    expect([wanted(frameAt('new', 61)), book.isWanted(frameAt('new', 61))]).toEqual([false, true]);
    expect([wanted(frameAt('y', 59)), wanted(frameAt('nobody', 60))]).toEqual([false, false]);
  });

  test('gives every living series its context and nothing of its earlier lives, wherever the log stands', () => {
    const random = seededRandom(1);
    const book = new SeriesBook(definition);
    const log: (LoggedFrame & { readonly ordinal: number })[] = [];
    let now = 0;
    for (let index = 0; index < 4000; index++) {
      now += random() < 0.002 ? 30 * HOUR : Math.floor(random() * HOUR);
      const series = 'xyz'.charAt(random() * 3);
      const before = log.findLast((frame) => frame.series === series);
      const life = (before?.life ?? 0) + (random() < 0.003 ? 1 : 0);
      const hasEnded = before !== undefined && (life !== before.life || now - before.now >= EXPIRY);
      const gridIndex = hasEnded ? Math.floor(random() * 900) : (before?.gridIndex ?? 0) + 1;
      const ordinal = (before?.ordinal ?? 0) + (hasEnded ? 1 : 0);
      const frame = { ...frameAt(series, gridIndex), offset: BigInt(3 * index), now, life, ordinal };
      expect(book.isOfAnotherLife(frame)).toBe(hasEnded);
      if (hasEnded) book.forget(series);
      book.enter(frame, true, 0n);
      log.push(frame);
      if (index % 40 > 0) continue;
      const from = book.needsFrom('frames') as bigint;
      for (const one of 'xyz') {
        const all = log.filter((frame) => frame.series === one);
        const newest = all.at(-1);
        const given = all.filter((frame) => frame.offset >= from && book.isWanted(frame));
        const context = all.filter(
          (frame) => frame.ordinal === newest?.ordinal && frame.gridIndex > newest.gridIndex - CONTEXT,
        );
        expect(given.slice(given.length - context.length)).toEqual(context);
        expect(given.every((frame) => frame.ordinal === newest?.ordinal)).toBe(true);
      }
    }
    expect(log.reduce((most, { ordinal }) => Math.max(most, ordinal), 0)).toBeGreaterThan(5);
  });
});

describe('a series', () => {
  test.each([
    ['is heard in time', false, { now: EXPIRY - 1 }],
    ['was silent for too long', true, { now: EXPIRY }],
    ['says that it lives another life', true, { now: 1, life: 8 }],
    ['says that it lives the same one', false, { now: 1, life: 7 }],
    ['does not say which life it lives', false, { now: 1, life: null }],
  ])('that %s: of another life? %s', (_, isAnother, later) => {
    const first = frameAt('x', 0, { life: 7 });
    const next = frameAt('x', 1, later);
    expect(bookOf(first).isOfAnotherLife(next)).toBe(isAnother);
    expect(new SeriesBook(definition).isOfAnotherLife(next, first)).toBe(isAnother);
  });

  test('is not of another life where it said nothing before, or was never heard', () => {
    expect(bookOf(frameAt('x', 0)).isOfAnotherLife(frameAt('x', 1, { life: 7 }))).toBe(false);
    expect(bookOf(frameAt('x', 0)).isOfAnotherLife(frameAt('y', 100))).toBe(false);
  });

  test('is held against the frame before it, where that is not entered yet', () => {
    const book = bookOf(frameAt('x', 0, { life: 7 }));
    const before = frameAt('x', 30, { life: 8 });
    expect(book.isOfAnotherLife(frameAt('x', 31, { life: 8 }), before)).toBe(false);
    expect(book.isOfAnotherLife(frameAt('x', 31, { life: 7 }), before)).toBe(true);
  });

  test('expires when it was silent for too long, and only then', () => {
    const book = bookOf(frameAt('x', 0), frameAt('y', 1), frameAt('z', 2), frameAt('x', 10));
    expect(book.expire(1 * HOUR + EXPIRY - 1)).toEqual([]);
    expect(book.expire(2 * HOUR + EXPIRY)).toEqual(['y', 'z']);
    expect(book.expire(2 * HOUR + EXPIRY)).toEqual([]);
    expect([...book.records(remembered).keys()]).toEqual(['x']);
    expect(book.expire(10 * HOUR + EXPIRY)).toEqual(['x']);
    expect(book.needsFrom('frames')).toBeNull();
  });

  test('is lost when the log no longer holds its oldest mark, and only then', () => {
    const book = bookOf(frameAt('x', 30), frameAt('y', 40), frameAt('z', 50), frameAt('x', 60));
    expect(book.forgetLost(60n)).toEqual([]);
    expect(book.forgetLost(81n)).toEqual(['y', 'x']);
    expect([...book.records(remembered).keys()]).toEqual(['z']);
  });

  test('that was forgotten begins anew: nothing of before is in its record', () => {
    const book = bookOf(...hours('x', 0, 30));
    book.forget('x');
    book.enter(frameAt('x', 5, { offset: 700n }), false, 2000n);
    expect(book.records(remembered).get('x')).toMatchObject({
      frames: [[5, '700']],
      forecasts: [[5, '2000']],
      latest: null,
    });
  });

  test('all of them are forgotten where the stream is not defined any more', () => {
    const book = bookOf(frameAt('x', 0), frameAt('y', 1));
    book.takeChanges(remembered);
    expect(book.forgetAll()).toEqual(['x', 'y']);
    expect(book.records(remembered).size).toBe(0);
    expect(book.takeChanges(remembered)).toEqual([tombstone('x'), tombstone('y')]);
  });
});

describe('the changelog', () => {
  test('learns what was entered since it was told last, as one record a series', () => {
    const book = bookOf(frameAt('x', 1, { life: 5 }), frameAt('y', 1), frameAt('x', 2, { life: 6 }));
    const [x, y, ...none] = book.takeChanges(remembered);
    expect([x?.key, y?.key, none]).toEqual(['s/x', 's/y', []]);
    expect(decodeSeries('s/x', x?.value as string)).toEqual({
      fingerprint: fingerprintOf(definition),
      memory: MEMORY,
      seen: 2 * HOUR,
      life: 6,
      frames: [[1, '2']],
      forecasts: [[1, '1001']],
      latest: '1002',
    });
    expect(book.takeChanges(remembered)).toEqual([]);
    // A frame without a forecast leaves the latest one where it was.
    book.enter(frameAt('y', 4), false, 1004n);
    const [changed] = book.takeChanges(remembered);
    expect(changed?.key).toBe('s/y');
    expect(decodeSeries('s/y', changed?.value as string)).toMatchObject({ seen: 4 * HOUR, latest: '1001' });
  });

  test('learns who was forgotten, by whatever rule; who came back meanwhile is no tombstone', () => {
    const book = bookOf(...['silent', 'lost', 'gone', 'back'].map((name, hour) => frameAt(name, hour)));
    book.takeChanges(remembered);
    book.expire(EXPIRY);
    book.forgetLost(3n);
    book.forget('gone');
    book.forget('back');
    book.enter(frameAt('back', 9), true, 0n);
    const changes = book.takeChanges(remembered);
    expect(changes.slice(0, 3)).toEqual(['silent', 'lost', 'gone'].map(tombstone));
    expect(changes.map(({ key, value }) => [key, value === null]).slice(3)).toEqual([['s/back', false]]);
  });

  test('holds no record of a series of which nothing is remembered', () => {
    const book = bookOf(frameAt('x', 1), frameAt('y', 1));
    const memoryOf = (series: string) => (series === 'y' ? MEMORY : null);
    expect([...book.records(memoryOf).keys()]).toEqual(['y']);
    const [x, y] = book.takeChanges(memoryOf);
    expect(x).toEqual(tombstone('x'));
    expect(y?.value).not.toBeNull();
  });
});

describe('a book that is restored from records', () => {
  const stored = (records: ReadonlyMap<string, SeriesRecord>) =>
    new Map([...records].map(([series, record]) => [series, decodeSeries(series, encodeSeries(record))]));

  test('goes on as the one before, wherever that was left', () => {
    const random = seededRandom(2);
    let hour = 0;
    const frames = Array.from({ length: 600 }, () =>
      frameAt('xyz'.charAt(random() * 3), (hour += 1 + Math.floor(random() * 3)), { life: hour % 5 }),
    );
    const whole = bookOf(...frames);
    for (const cut of [1, 7, 150, 400, 599]) {
      const restored = new SeriesBook(definition);
      restored.restore(stored(bookOf(...frames.slice(0, cut)).records(remembered)));
      for (const frame of frames.slice(cut)) restored.enter(frame, true, BigInt(1000 + frame.gridIndex));
      expect([...restored.records(remembered)]).toEqual([...whole.records(remembered)]);
    }
  });

  test('has the memory of each series to give, and nothing new to say', () => {
    const before = bookOf(frameAt('x', 1), frameAt('y', 2));
    const memoryOf = (series: string) => ({ ...MEMORY, last: series === 'x' ? 1 : 2 });
    const book = new SeriesBook(definition);
    expect([...book.restore(before.records(memoryOf))]).toEqual([
      ['x', memoryOf('x')],
      ['y', memoryOf('y')],
    ]);
    expect(book.takeChanges(remembered)).toEqual([]);
  });

  test('has its series in the order in which they were heard, then by their names', () => {
    const heard = new Map([
      ['c', 2],
      ['b', 1],
      ['d', 0],
      ['a', 1],
    ]);
    const records = [...heard].map(
      ([series, hour]) => [...bookOf(frameAt(series, hour)).records(remembered)][0] as [string, SeriesRecord],
    );
    const book = new SeriesBook(definition);
    book.restore(new Map(records));
    expect(book.expire(HOUR + EXPIRY)).toEqual(['d', 'a', 'b']);
  });

  test('leaves out what belongs to another grid, and the changelog is told', () => {
    const other = StreamDefinition.parse({ ...definition, frequency: '2h' });
    const foreign = new SeriesBook(other);
    foreign.enter(frameAt('theirs', 1), true, 0n);
    const book = new SeriesBook(definition);
    const memories = book.restore(
      new Map([...foreign.records(remembered), ...bookOf(frameAt('ours', 2)).records(remembered)]),
    );
    expect([...memories.keys()]).toEqual(['ours']);
    expect(book.isWanted(frameAt('theirs', 1))).toBe(false);
    expect(book.takeChanges(remembered)).toEqual([tombstone('theirs')]);
  });
});
