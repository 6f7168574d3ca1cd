import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode, RollcastError } from '#contracts';
import { fromPlain, toPlain } from './thread-messages.js';

const overThread = (error: unknown) => fromPlain(structuredClone(toPlain(error)));

describe('an error on its way out of the thread', () => {
  test.each(Object.keys(ERRORS) as ErrorCode[])('%s keeps code, details, words and fate', (code) => {
    const error = new RollcastError(code, { stream: 'a', have: 1, need: 2, deep: { list: [1n, null] } });
    const arrived = overThread(error);
    expect(arrived).toBeInstanceOf(RollcastError);
    expect(arrived).toMatchObject({ code, fate: error.fate, message: error.message, details: error.details });
    expect(arrived.stack).toBe(error.stack);
  });

  test('travels also with details that cannot', () => {
    const error = new RollcastError('INTERNAL', { problem: 'x', work: () => 1 });
    expect(overThread(error)).toMatchObject({ message: 'our bug: x', details: { work: '() => 1' } });
  });

  test.each([
    [new TypeError('no function'), 'our bug: TypeError: no function'],
    ['a text', 'our bug: a text'],
  ])('that is none of ours is INTERNAL: %s', (error, message) => {
    expect(overThread(error)).toMatchObject({ code: 'INTERNAL', message });
  });
});
