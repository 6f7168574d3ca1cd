import type { SeriesState } from '#alignment';
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

test('a sweep forgets the series that have been silent, in the order of their last reading', () => {
  const states = kept(['s/a', 1], ['s/b', 2], ['s/c', 3], ['s/a', 9]);
  expect(states.sweep(12, () => 10)).toBe(1);
  expect(tombstones(states)).toEqual(['s/b']);
  expect(states.sweep(19, () => 10)).toBe(2);
  expect(tombstones(states)).toEqual(['s/c', 's/a']);
  expect(states.size).toBe(0);
});

test('the order survives the changelog', () => {
  const states = kept(['s/a', 5], ['s/b', 2], ['s/c', 5]);
  const entries = new Map(states.takeChanges().map(({ key, value }) => [key, String(value)]));
  const restored = new SeriesStates(entries);
  expect(restored.get('s', 's/a', 6, 10)).toEqual(state);
  expect(restored.sweep(14, () => 10)).toBe(1);
  expect(tombstones(restored)).toEqual(['s/b']);
});

test('a sweep stops at its limit and goes on with the next', () => {
  const states = kept(['s/a', 1], ['s/b', 2], ['s/c', 3]);
  expect([states.sweep(99, () => 1, 2), states.sweep(99, () => 1, 2)]).toEqual([2, 1]);
});

test('a sweep looks at one living series a stream, however many there are', () => {
  const states = new SeriesStates(new Map());
  for (let index = 0; index < 1_000; index++)
    states.set(`s${index % 2}`, `s${index % 2}/${index}`, index, state);
  const asked: string[] = [];
  states.sweep(1_000, (stream) => {
    asked.push(stream);
    return 5_000;
  });
  expect(asked).toEqual(['s0', 's1']);
});

test('only what was touched since the last time goes to the changelog', () => {
  const states = kept(['s/a', 1], ['s/b', 2]);
  states.takeChanges();
  expect(states.forget('s', 's/nobody')).toBe(false);
  states.set('s', 's/b', 3, state);
  expect(states.takeChanges().map(({ key }) => key)).toEqual(['s/b']);
  expect(states.takeChanges()).toEqual([]);
});
