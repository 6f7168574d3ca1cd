import { afterAll, expect, test } from 'vitest';
import { csvFolder, waveCsv } from './csv/testing/written-csv.js';
import { runProgram } from './run-program.js';
import { recordedContext } from './testing/recorded-console.js';

const write = csvFolder(afterAll);

test('a backtest judges all five forecasters at the same origins of a file, and --json is nothing but them', async () => {
  const context = recordedContext();
  const file = write(waveCsv(700));
  const args = ['backtest', file, '--horizon', '4', '--lookback', '24', '--json'];
  expect(await runProgram(args, context), context.console.said.join('\n')).toBe(0);
  const [printed = '', ...more] = context.console.printed;
  expect(more).toEqual([]);
  const result = JSON.parse(printed) as { rows: { name: string; mae: number; origins: number }[] };
  expect(result.rows.map(({ name }) => name)).toEqual([
    'last-value',
    'seasonal-naive',
    'ridge',
    'kalman',
    'cmamba',
  ]);
  expect(new Set(result.rows.map(({ origins }) => origins)).size).toBe(1);
  const mae = Object.fromEntries(result.rows.map((row) => [row.name, row.mae]));
  expect(mae['ridge']).toBeLessThan(mae['last-value'] as number);
}, 120_000);

test('a file too short for any training is refused with how many steps are needed, and what needs fewer', async () => {
  const context = recordedContext();
  expect(await runProgram(['backtest', write(waveCsv(300))], context)).toBe(1);
  expect(context.console.said.join('\n')).toMatch(
    /has 300 of the 720 grid steps .* --lookback \(now 96\) or --horizon \(now 24\) needs fewer, 562 at the least/,
  );
});

test('a channel that is named is the only one that a backtest reads', async () => {
  const context = recordedContext();
  const file = write('time,x,y\n2026-01-01,1,1\n2026-01-02,red,2\n');
  expect(await runProgram(['backtest', file, '--channels', 'x'], context)).toBe(1);
  expect(context.console.said.join('\n')).toMatch(/line 3, column x: "red" is not a number/);
});
