import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HistoryRing } from './history-ring.js';

/** The slow twin: the whole history, one entry a grid step, steps without a push NaN. */
function tail(pushes: readonly { gap: number; value: number }[], length: number): number[] {
  const all: number[] = [];
  for (const { gap, value } of pushes) {
    if (all.length > 0) all.push(...new Array<number>(gap).fill(NaN));
    all.push(value);
  }
  return [...new Array<number>(length).fill(NaN), ...all].slice(-length);
}

test('the ring equals the tail of the whole history, gaps and all', () => {
  const push = fc.record({ gap: fc.nat({ max: 12 }), value: fc.oneof(fc.constant(NaN), fc.double()) });
  fc.assert(
    fc.property(
      fc.array(push, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 8 }),
      (pushes, capacity, fewer) => {
        const ring = new HistoryRing(2, capacity);
        let gridIndex = 100;
        pushes.forEach(({ gap, value }, index) => {
          gridIndex += index === 0 ? 0 : gap + 1;
          ring.push(gridIndex, Float64Array.of(value, -value));
        });
        const into = new Float64Array(Math.max(1, capacity - fewer));
        for (const [channel, sign] of [
          [0, 1],
          [1, -1],
        ] as const) {
          ring.copyLast(channel, into);
          expect([...into]).toEqual(tail(pushes, into.length).map((value) => sign * value));
        }
        expect(ring.lived).toBe(gridIndex - 100 + 1);
      },
    ),
  );
});

test('time that stands still or runs backwards is refused', () => {
  const ring = new HistoryRing(1, 3);
  ring.push(7, Float64Array.of(1));
  expect(() => ring.push(7, Float64Array.of(1))).toThrow(/grid step 7 follows grid step 7/);
  expect(() => ring.push(6, Float64Array.of(1))).toThrow(/grid step 6/);
});
