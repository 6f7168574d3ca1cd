import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { warmUp } from './config.js';
import { contextSteps, schedule } from './schedule.js';

const sizes = fc.record({
  stride: fc.integer({ min: 1, max: 9 }),
  memory: fc.integer({ min: 1, max: 12 }).map((half) => 2 * half),
  gridIndex: fc.integer({ min: -5_000, max: 500_000 }),
});

/** Follows the schedule step by step from far back, each state as the set of grid steps that it depends on. */
function dependencies(gridIndex: number, stride: number, memory: number, lookback: number) {
  type Known = { readonly patches: number; readonly earliest: number };
  const zero: Known = { patches: 0, earliest: Infinity };
  let states: [Known, Known] = [
    { patches: -1, earliest: -Infinity },
    { patches: -1, earliest: -Infinity },
  ];
  for (let g = gridIndex - 3 * stride * memory; ; g++) {
    const now = schedule(g, stride, memory);
    // The patch itself, and the patch of the commit before that its level is compared with.
    const earliest = g - now.distance - lookback + 1;
    const after = (state: Known): Known => ({
      patches: state.patches + 1,
      earliest: Math.min(state.earliest, earliest),
    });
    const from = (index: 0 | 1) => (now.restarting === index ? zero : states[index]);
    if (g === gridIndex)
      return { now, answer: after(from(now.answering)), seen: from(now.answering).patches };
    if (now.commit) states = [after(from(0)), after(from(1))];
  }
}

describe('the schedule', () => {
  test('the elder answers, with M/2 to M-1 patches before the present one, and is never the one that restarts', () => {
    fc.assert(
      fc.property(sizes, ({ stride, memory, gridIndex }) => {
        const { now, seen } = dependencies(gridIndex, stride, memory, 5);
        expect(seen).toBe(now.age);
        expect(now.age).toBeGreaterThanOrEqual(memory / 2);
        expect(now.age).toBeLessThan(memory);
        expect(now.restarting).not.toBe(now.answering);
      }),
    );
  });

  test('nothing further back than the context can matter, and the context is no longer than needed', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 2, max: 20 }), ({ stride, memory, gridIndex }, lookback) => {
        const context = contextSteps({ lookback, stride, memory });
        let furthest = 0;
        // Over one whole turn of both states.
        for (let i = 0; i < stride * memory; i += Math.max(1, stride - 1)) {
          const { answer } = dependencies(gridIndex + i, stride, memory, lookback);
          furthest = Math.max(furthest, gridIndex + i - answer.earliest + 1);
        }
        expect(furthest).toBeLessThanOrEqual(context);
        const atTurn = Math.ceil(gridIndex / (stride * memory)) * stride * memory - stride;
        const { answer } = dependencies(atTurn, stride, memory, lookback);
        expect(atTurn - answer.earliest + 1).toBe(context);
      }),
      { numRuns: 25 },
    );
  });

  test('a series that has lived its warm-up is answered by at least half a memory, wherever it began, and not much later', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 2, max: 20 }),
        ({ stride, memory, gridIndex: first }, lookback) => {
          const steps = warmUp({ lookback, stride, memory });
          // Both states begin with the first commit that has a full lookback.
          const firstCommit = Math.ceil((first + lookback - 1) / stride);
          const seenAt = (gridIndex: number) => {
            const ahead = Math.ceil(gridIndex / stride);
            return Math.min(schedule(gridIndex, stride, memory).age, ahead - firstCommit);
          };
          for (let i = 0; i < 2 * stride * memory; i += stride) {
            expect(seenAt(first + steps - 1 + i)).toBeGreaterThanOrEqual(memory / 2);
          }
          // Not a stride longer than this series needs.
          expect(seenAt(first + steps - 1 - stride)).toBeLessThan(memory / 2);
        },
      ),
    );
  });

  test('every stride-th step commits, also before 1970', () => {
    const commits = [-16, -9, -8, -1, 0, 1, 7, 8].filter((g) => schedule(g, 8, 4).commit);
    expect(commits).toEqual([-16, -8, 0, 8]);
    expect([1, 7, 8, 9].map((g) => schedule(g, 8, 4).distance)).toEqual([1, 7, 8, 1]);
  });

  test('a step that is no whole number is refused', () => {
    expect(() => schedule(0.5, 8, 4)).toThrow(/whole number/);
  });
});
