import type { SeriesState } from '#alignment';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeriesStates } from './series-states.js';

const state: SeriesState = { fingerprint: '[1000,"a"]', watermark: 7, open: [] };
const kept = (...touches: readonly [key: string, now: number][]) => {
  const states = new SeriesStates(new Map());
  for (const [key, now] of touches) states.set('s', key, now, state);
  return states;
};
const tombstones = (states: SeriesStates) =>
  states.takeChanges().flatMap(({ key, value }) => (value === null ? [key] : []));

test('the series that have been silent are taken in the order of their last reading, and are forgotten', () => {
  const states = kept(['s/a', 1], ['s/b', 2], ['s/c', 3], ['s/a', 9]);
  const take = (now: number) => states.takeExpired(now, () => 10, 99).map(({ key }) => key);
  expect(take(12)).toEqual(['s/b']);
  expect(tombstones(states)).toEqual(['s/b']);
  expect(take(19)).toEqual(['s/c', 's/a']);
  expect(states.size).toBe(0);
});

test('a restored process takes the same ones as a living one, also of those that were last seen together', () => {
  const touch = fc.record({
    stream: fc.constantFrom('s', 't', 'u'),
    series: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    passed: fc.constantFrom(0, 0, 1),
  });
  fc.assert(
    fc.property(fc.array(touch), fc.integer({ min: 1, max: 6 }), (touches, limit) => {
      const living = new SeriesStates(new Map());
      const stored = new Map<string, string>();
      let now = 0;
      for (const { stream, series, passed } of touches) {
        living.set(stream, `${stream}/${series}`, (now += passed), state);
        for (const { key, value } of living.takeChanges()) stored.set(key, String(value));
      }
      const after = (stream: string) => (stream === 's' ? 1 : 3);
      const restored = new SeriesStates(stored);
      const taken = [0, 1, 4, 4].map((later) =>
        [living, restored].map((states) => states.takeExpired(now + later, after, limit)),
      );
      for (const [one, other] of taken) {
        expect(one).toEqual(other);
        expect(one?.length).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

test('what is over the limit is taken the next time', () => {
  const states = kept(['s/c', 1], ['s/a', 1], ['s/b', 1]);
  const take = () => states.takeExpired(99, () => 1, 2).map(({ key }) => key);
  expect([take(), take(), take()]).toEqual([['s/a', 's/b'], ['s/c'], []]);
});

test('looking for them costs one living series a stream, however many there are', () => {
  const states = new SeriesStates(new Map());
  for (let index = 0; index < 1_000; index++)
    states.set(`s${index % 2}`, `s${index % 2}/${index}`, index, state);
  const asked: string[] = [];
  const after = (stream: string) => {
    asked.push(stream);
    return 5_000;
  };
  expect(states.takeExpired(1_000, after, 99)).toEqual([]);
  expect(asked).toEqual(['s0', 's1']);
});

test('only what was touched since the last time goes to the changelog', () => {
  const states = kept(['s/a', 1], ['s/b', 2]);
  states.takeChanges();
  states.forget('s', 's/nobody');
  states.set('s', 's/b', 3, state);
  expect(states.takeChanges().map(({ key }) => key)).toEqual(['s/b']);
  expect(states.takeChanges()).toEqual([]);
});
