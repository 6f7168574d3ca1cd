import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { StreamDefinition } from '#contracts';
import { cronProblem } from './cron-check.js';

const problemOf = (schedule: object | null) =>
  cronProblem(
    StreamDefinition.parse({
      stream: 'room',
      frequency: '1m',
      channels: [{ name: 'celsius' }],
      retraining: { schedule },
    }),
  );

test.each([
  ['no schedule', null],
  ['an interval', { every: '1d' }],
  ['five fields', { cron: '0 3 * * *' }],
  ['six fields, with seconds first', { cron: '30 0 3 * * 1-5' }],
  ['names of days', { cron: '0 3 * * mon' }],
  ['a time zone', { cron: '0 3 * * *', timezone: 'Europe/Berlin' }],
])('%s is a schedule', (_, schedule) => {
  expect(problemOf(schedule)).toBeNull();
});

test.each([
  ['a sentence', { cron: 'every full moon at 3' }, /^retraining\.schedule\.cron: .* is no cron expression/],
  ['a minute that no hour has', { cron: '61 3 * * *' }, /cron: "61 3 \* \* \*" .*expected range 0-59/],
  ['a day that never comes', { cron: '0 3 30 2 *' }, /is no cron expression/],
  ['four fields', { cron: '*/15 3 * *' }, /has 4 fields: write five or six/],
  ['seven fields', { cron: '0 0 3 * * * 2026' }, /has 7 fields/],
  ['a nickname', { cron: '@midnight' }, /has 1 fields/],
  ['blanks alone', { cron: '         ' }, /has 1 fields/],
  [
    'a time zone of nowhere',
    { cron: '0 3 * * *', timezone: 'Mars/Phobos' },
    /^retraining\.schedule\.timezone: "Mars/,
  ],
  ['no time zone', { cron: '0 3 * * *', timezone: '' }, /timezone: "" is no time zone/],
])('%s is none, and the field is named', (_, schedule, message) => {
  expect(problemOf(schedule)).toMatch(message);
});

test('BullMQ reads the expression with this very parser', () => {
  const ours = createRequire(import.meta.url);
  const ofBullMq = createRequire(ours.resolve('bullmq'));
  expect(ofBullMq.resolve('cron-parser')).toBe(ours.resolve('cron-parser'));
});
