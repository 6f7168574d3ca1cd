import { Frame, StreamDefinition } from '#contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alignReading } from './aligner.js';
import { frameText } from './closing.js';
import { alignmentRules } from './rules.js';
import { stateFromJson, stateToJson } from './state-json.js';

const rules = alignmentRules(
  StreamDefinition.parse({ stream: 's', frequency: '10s', channels: [{ name: '10' }, { name: '2' }] }),
);
const state = alignReading(rules, null, { time: 12_000, values: { '2': null } }).state;
const good = state && stateToJson(state);

test('a state has one text, in which what was not sent has no place', () => {
  expect(JSON.stringify(good)).toBe(
    '{"grid":"[10000,\\"10\\",\\"2\\"]","watermark":12000,"open":[{"step":1,"readings":[[2000,{"1":null}]]}]}',
  );
  expect(stateFromJson(good)).toEqual(state);
});

const step = (change: object) => ({ ...good, open: [{ ...good?.open[0], ...change }] });
test.each([
  ['not an object', [], /state is not an object/],
  ['without a grid', { ...good, grid: undefined }, /grid is not a text/],
  ['with a grid that is no list', { ...good, grid: '7' }, /7 is no fingerprint/],
  ['with a grid that is no JSON', { ...good, grid: '[1' }, /\[1 is no fingerprint/],
  ['with half a watermark', { ...good, watermark: 0.5 }, /watermark is not a whole number/],
  ['without steps', { ...good, open: null }, /open is not a list/],
  ['with steps out of order', { ...good, open: [good?.open[0], good?.open[0]] }, /steps do not ascend/],
  ['with a channel too many', step({ readings: [[1, { 2: 1 }]] }), /no channel 2/],
  ['with a text for a value', step({ readings: [[1, { 0: '1' }]] }), /channel 0 is no number/],
  ['with a time twice', step({ readings: [1, 1].map((since) => [since, {}]) }), /times do not ascend/],
  ['with a time of another step', step({ readings: [[10_000, {}]] }), /a time lies outside of step 1/],
])('a stored state %s is refused', (_, json, message) => {
  expect(() => stateFromJson(json)).toThrow(message);
});

test('of every definition that is accepted, a reading leaves a state that is read back, and a late one its words', () => {
  const duration = fc
    .tuple(
      fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 999_999_999_999 })),
      fc.constantFrom('ms', 's', 'm', 'h', 'd'),
    )
    .map(([count, unit]) => `${count}${unit}`);
  const [first, last] = [Date.UTC(1900, 0, 1), Date.UTC(2200, 0, 1)];
  const time = fc.oneof(fc.constantFrom(first, last), fc.integer({ min: first, max: last }));
  fc.assert(
    fc.property(duration, duration, time, (frequency, lateness, at) => {
      const definition = { stream: 's', channels: [{ name: 'a' }], frequency, lateness };
      const parsed = StreamDefinition.safeParse(definition);
      fc.pre(parsed.success);
      const any = alignmentRules(parsed.data);
      const { state } = alignReading(any, null, { time: at, values: { a: 1 } });
      expect(state && stateFromJson(JSON.parse(JSON.stringify(stateToJson(state))))).toEqual(state);
      const { outcome } = alignReading(any, state, { time: first, values: { a: 2 } });
      if (outcome.kind === 'late') expect(outcome.error.message).toMatch(/watermark \d{4}-/);
    }),
  );
});

test('a frame keeps the order of the definition on the wire, even of channels that look like numbers', () => {
  const text = frameText(rules, 'x"y', { time: 10_000, values: [1.5, null] });
  expect(text).toBe(
    '{"stream":"s","series":"x\\"y","time":"1970-01-01T00:00:10.000Z","values":{"10":1.5,"2":null}}',
  );
  expect(Frame.parse(JSON.parse(text))).toMatchObject({ series: 'x"y', values: { '10': 1.5, '2': null } });
});
