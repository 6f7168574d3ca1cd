import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressOf, choiceOf } from './address.js';

test('an address gives back its stream and series, whatever their names hold', () => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(name, fc.option(name), (stream, series) => {
      expect(choiceOf(addressOf({ stream, series }))).toEqual({ stream, series });
    }),
  );
});

test.each(['', '#', '#/', '#training', '#/a/b/c', '#/%E0%A4%A'])('%j is no address', (fragment) => {
  expect(choiceOf(fragment)).toBeNull();
});
