import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut, renderTable, wrap } from './table.js';

const column = fc.record({
  title: fc.string({ maxLength: 12 }),
  align: fc.constantFrom('left' as const, 'right' as const),
  mayShrink: fc.boolean(),
});
const cells = fc.array(fc.array(fc.string({ maxLength: 60 }), { maxLength: 5 }), { maxLength: 6 });

test('no line is longer than the width, whatever the cells hold', () => {
  fc.assert(
    fc.property(
      fc.array(column, { minLength: 1, maxLength: 5 }),
      cells,
      fc.integer({ min: 20, max: 120 }),
      (columns, rows, width) => {
        for (const line of renderTable(columns, rows, width))
          expect([...line].length).toBeLessThanOrEqual(width);
      },
    ),
  );
});

test('what fits is shown whole, numbers at the right', () => {
  expect(
    renderTable(
      [{ title: 'model' }, { title: 'MAE', align: 'right' }],
      [
        ['ridge', '0.45'],
        ['seasonal-naive', '12'],
      ],
      80,
    ),
  ).toEqual(['model            MAE', 'ridge           0.45', 'seasonal-naive    12']);
});

test('the sentence is cut before the names and the numbers', () => {
  const columns = [
    { title: 'version' },
    { title: 'MAE', align: 'right' },
    { title: 'why', mayShrink: true },
  ] as const;
  const rows = [['cmamba-3f9a1c20d4e5', '0.416', 'a better mean absolute error than the champion']];
  expect(renderTable(columns, rows, 50)[1]).toBe('cmamba-3f9a1c20d4e5  0.416  a better mean absolut…');
});

test.each([
  ['short', 10, 'short'],
  ['exactly', 7, 'exactly'],
  ['too long', 4, 'too…'],
  ['🌡🌡🌡', 2, '🌡…'],
  ['gone', 0, ''],
])('%s cut to %i is %s', (text, width, expected) => expect(cut(text, width)).toBe(expected));

test('wrapped text keeps its words and fits', () => {
  expect(wrap('none configured and none at 127.0.0.1:9092', 20)).toEqual([
    'none configured and',
    'none at',
    '127.0.0.1:9092',
  ]);
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z🌡]{1,12}$/u)),
      fc.integer({ min: 4, max: 30 }),
      (words, width) => {
        const lines = wrap(words.join(' '), width);
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
      },
    ),
  );
});
