import { expect, test } from 'vitest';
import { countRun, lastLines, type CountedModule } from './reporter.js';

type State = 'passed' | 'failed' | 'skipped' | 'pending';

/** A test file with these verdicts. */
function file(state: 'passed' | 'failed' | 'skipped', ...tests: State[]): CountedModule {
  return {
    state: () => state,
    children: { allTests: () => tests.map((one) => ({ result: () => ({ state: one }) })) },
  };
}

test.each([
  [
    'tests are counted by their verdict',
    [file('failed', 'passed', 'failed', 'skipped'), file('passed', 'passed')],
    0,
    [2, 1, 1],
  ],
  ['a file that did not load is one failure', [file('failed'), file('passed', 'passed')], 0, [1, 1, 0]],
  ['a hook that threw after good tests is one failure', [file('failed', 'passed')], 0, [1, 1, 0]],
  ['a test without a verdict failed', [file('passed', 'pending')], 0, [0, 1, 0]],
  ['an error outside of every test is a failure', [file('passed', 'passed')], 2, [1, 2, 0]],
] as const)('%s', (_, modules, errors, [passed, failed, skipped]) => {
  expect(countRun(modules, errors)).toEqual({ passed, failed, skipped });
});

test('the last line is the count alone; skipped tests have the line before it', () => {
  expect(lastLines({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed\n');
  expect(lastLines({ passed: 3, failed: 1, skipped: 2 })).toBe('2 skipped\n3 passed, 1 failed\n');
});
