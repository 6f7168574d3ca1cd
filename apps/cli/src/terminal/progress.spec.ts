import { expect, test } from 'vitest';
import { recordedConsole } from '../testing/recorded-console.js';
import { bar, Progress } from './progress.js';

test('on a terminal it repaints ten times a second at most, and takes the bar away at the end', () => {
  const console = recordedConsole({ live: true });
  let now = 0;
  const progress = new Progress(console, 'replay', () => now);
  for (; now < 1_000; now += 10) progress.update(now / 1_000, 'readings');
  expect(console.statuses.length).toBe(10);
  expect(console.statuses[0]).toBe(`replay ${bar(0)}   0 % readings`);
  progress.end('26,115 readings');
  progress.update(0.5);
  expect(console.statuses.at(-1)).toBeNull();
  expect(console.said).toEqual(['replay: 26,115 readings']);
});

test('elsewhere it is a line every five seconds', () => {
  const console = recordedConsole();
  let now = 0;
  const progress = new Progress(console, 'replay', () => now);
  for (; now < 16_000; now += 500) progress.update(now / 16_000, 'at noon');
  progress.update(null, 'no share');
  progress.end('done');
  progress.end('done twice');
  expect(console.statuses.filter((status) => status !== null)).toEqual([]);
  expect(console.said).toEqual([
    'replay: 31 %, at noon',
    'replay: 62 %, at noon',
    'replay: 93 %, at noon',
    'replay: done',
  ]);
});

test.each([
  ['training', 'epoch 3 of 8, loss 0.412, 17 min 55 s left'],
  ['first 80 %', '20,920 of 26,118 readings, up to 2013-10-19 05:00'],
])('in eighty columns the bar of "%s" gives way to its words', (label, note) => {
  const console = recordedConsole({ live: true, columns: 80 });
  new Progress(console, label, () => 0).update(0.5, note);
  const [line = ''] = console.statuses;
  expect(line).toMatch(/ █+░+ {2}/);
  expect(line?.endsWith(` 50 % ${note}`)).toBe(true);
  expect(line?.length).toBe(79);
});

test('a bar never leaves the line, and is full only at the end', () => {
  const console = recordedConsole({ live: true, columns: 40 });
  new Progress(console, 'training', () => 0).update(0.5, 'epoch 3 of 8, loss 0.41, 20 s left');
  expect([...(console.statuses[0] ?? '')].length).toBeLessThan(40);
  expect(bar(-1, 4)).toBe('░░░░');
  expect(bar(0.5, 4)).toBe('██░░');
  expect(bar(7, 4)).toBe('████');
});
