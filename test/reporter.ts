/** @file A test reporter whose only word is the very last line: `N passed, N failed`.
 *
 *  Law: it is honest when no test could run. A file that does not load, an error outside of every test and a run
 *  that never came to its end each count as failed. */
import { writeSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts a whole run.
 *  @param errors how many errors were thrown outside of every test */
export function countRun(modules: readonly CountedModule[], errors: number): Counts {
  const counts = { passed: 0, failed: errors, skipped: 0 };
  for (const module of modules) {
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'skipped') counts.skipped += 1;
      // A pending test of a finished run never came to its verdict.
      else failedTests += 1;
    }
    // A failed file without a failed test: it did not load, or a hook of it threw.
    counts.failed += failedTests === 0 && module.state() === 'failed' ? 1 : failedTests;
  }
  return counts;
}

/** The least that is asked of a test file. */
export interface CountedModule {
  state(): ReturnType<TestModule['state']>;
  readonly children: {
    allTests(): Iterable<{ result(): { readonly state: ReturnType<TestCase['result']>['state'] } }>;
  };
}

/** The last line; with the skipped ones before it, in a line of their own. */
export function lastLines({ passed, failed, skipped }: Counts): string {
  return `${skipped > 0 ? `${skipped} skipped\n` : ''}${passed} passed, ${failed} failed\n`;
}

export default class LastLineReporter implements Reporter {
  #counts: Counts = { passed: 0, failed: 1, skipped: 0 };

  onInit(vitest: Vitest): void {
    if (vitest.config.watch) return;
    // Only `exit` comes after the other reporters and after the servers' last words.
    process.once('exit', () => writeSync(1, lastLines(this.#counts)));
    process.send?.({ rollcast: 'counted' });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = countRun(modules, errors.length);
    const nothing = counts.passed + counts.failed + counts.skipped === 0;
    this.#counts = nothing ? { ...counts, failed: 1 } : counts;
  }
}
