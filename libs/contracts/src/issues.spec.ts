import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeIssues } from './issues.js';
import { Frame } from './frame.js';
import { ModelVersionName } from './model-version.js';
import { Reading } from './reading.js';
import { StreamDefinition } from './stream-definition.js';

const said = (schema: z.ZodType, value: unknown) => {
  const { error } = schema.safeParse(value);
  return error === undefined ? 'accepted' : describeIssues(error);
};

const definition = { stream: 'weather', channels: [{ name: 't' }], frequency: '1h' };
const reading = { stream: 'weather', series: 'EWR', time: '2013-01-01T06:00:00Z' };

describe('what a schema refuses is said in plain words', () => {
  test.each([
    ['a field is missing', { channels: undefined }, 'channels: is missing'],
    ['text for a number', { lookback: '96' }, 'lookback: must be a number, not text'],
    ['a broken number of steps', { horizon: 1.5 }, 'horizon: must be a whole number'],
    ['a number that is too small', { lookback: 7 }, 'lookback: must be at least 8'],
    ['a number beyond all counting, once', { horizon: 1e308 }, 'horizon: must be at most 1000'],
    ['a list that is empty', { channels: [] }, 'channels: must have at least 1 item'],
    [
      'a name that is too long',
      { channels: [{ name: 'n'.repeat(65) }] },
      /name: must have at most 64 characters$/,
    ],
    ['an odd number', { model: { memory: 25 } }, 'model.memory: must be a multiple of 2'],
    ['a word of no list', { model: { size: 'huge' } }, /^model\.size: must be one of ".+", ".+"/],
    ['two fields that do not exist', { horizn: 3, every_: 1 }, 'no such field: "horizn", "every_"'],
    ['what is neither', { season: 'day' }, 'season: must be a number or null, not text'],
    ['what is null or within bounds', { season: 1 }, 'season: must be at least 2'],
    [
      'our own words, untouched',
      { frequency: 'x' },
      'frequency: write a duration like 500ms, 5s, 15m, 1h or 7d',
    ],
  ])('%s', (_, change, words) => {
    const sentence = said(StreamDefinition, { ...definition, ...change });
    if (typeof words === 'string') expect(sentence).toBe(words);
    else expect(sentence).toMatch(words);
  });

  test.each([
    ['no object at all', 7, 'must be an object, not a number'],
    [
      'a value that is text',
      { ...reading, values: { t: '1' } },
      'values.t: must be a number or null, not text',
    ],
    [
      'a channel without a name',
      { ...reading, values: { '': 1 } },
      /^values\.: its name: must have at least 1 char/,
    ],
  ])('of a reading: %s', (_, value, words) => {
    if (typeof words === 'string') expect(said(Reading, value)).toBe(words);
    else expect(said(Reading, value)).toMatch(words);
  });

  test('the name of a version has an example', () => {
    expect(said(ModelVersionName, 'Nope')).toBe('write the name of a version, like cmamba-2ac86174e98e');
  });

  test('a pattern without words of its own, a format, an exclusive bound, and what we know nothing of', () => {
    const schema = z.object({
      a: z.string().regex(/^\d$/),
      b: z.iso.datetime(),
      c: z.number().gt(0).optional(),
      d: z.unknown().refine(() => false),
    });
    expect(said(schema, { a: 'x', b: 'y', c: 0, d: 1 })).toBe(
      'a: must match the pattern /^\\d$/; b: must be a valid datetime; c: must be more than 0; d: does not fit',
    );
  });

  test('whatever was sent, the line is short and soon made', () => {
    const wrong = Array.from({ length: 3_000 }, (_, at): [string, unknown] => [`c${at}`, 'x']);
    const frame = { stream: 'weather', series: 'EWR', time: '2013-01-01T06:00:00Z' };
    const { error } = Frame.safeParse({ ...frame, values: Object.fromEntries(wrong) });
    let looks = 0;
    const issues = (error?.issues ?? []).map((issue) =>
      Object.defineProperty({ ...issue }, 'code', { get: () => ((looks += 1), issue.code) }),
    );
    const line = describeIssues(new z.ZodError(issues));
    // Every one held against all behind it: four and a half millions.
    expect(looks).toBeLessThan(10 * wrong.length);
    expect(line).toMatch(/^values\.c0: must be a number or null, not text; .*; and more$/);
    expect(line.length).toBeLessThan(1_000);

    const long = 'n'.repeat(100_000);
    expect(said(Reading, { ...reading, values: { [long]: 1 } }).length).toBeLessThan(500);
    expect(said(StreamDefinition, { ...definition, [long]: 1 }).length).toBeLessThan(500);
    const fields = Object.fromEntries(wrong);
    expect(said(StreamDefinition, { ...definition, ...fields })).toMatch(/^no such field: "c0", .*, \.\.\.$/);
  });
});
