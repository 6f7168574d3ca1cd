import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Mark, markFrame, rebuildFrom } from './rebuild-marks.js';

test('a replay from the oldest mark covers the context, and little more, whatever the gaps', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 200 }), (steps, context) => {
      let marks: readonly Mark[] = [];
      let gridIndex = 1000;
      const frames: { gridIndex: number; offset: bigint }[] = [];
      for (const [index, step] of steps.entries()) {
        gridIndex += step;
        const offset = BigInt(index * 7);
        frames.push({ gridIndex, offset });
        marks = markFrame(marks, gridIndex, offset, context);
        const from = rebuildFrom(marks) as bigint;
        const replayed = frames.filter((frame) => frame.offset >= from);
        const needed = frames.filter((frame) => frame.gridIndex > gridIndex - context);
        expect(replayed.length).toBeGreaterThanOrEqual(needed.length);
        // At most a quarter of the context and one gap more than needed.
        const first = replayed[0] as { gridIndex: number };
        if (frames[0] !== first)
          expect(first.gridIndex).toBeGreaterThan(gridIndex - context - context / 4 - 60);
        expect(marks.length).toBeLessThanOrEqual(7);
      }
    }),
  );
});

test('a series without a frame has nothing to replay', () => {
  expect(rebuildFrom([])).toBeNull();
});
