/** @file A console that remembers what was said, for the specs. */
import type { Context } from '../context.js';
import { type Console, PIPED_COLUMNS } from '../terminal/console.js';

export interface RecordedConsole extends Console {
  readonly printed: string[];
  readonly said: string[];
  readonly statuses: (string | null)[];
}

export function recordedConsole({ columns = PIPED_COLUMNS, live = false } = {}): RecordedConsole {
  const printed: string[] = [];
  const said: string[] = [];
  const statuses: (string | null)[] = [];
  return {
    printed,
    said,
    statuses,
    columns,
    live,
    print: (text) => void printed.push(text),
    say: (text) => void said.push(text),
    status: (text) => void statuses.push(text),
  };
}

/** A context whose console is recorded and whose environment is what is given. */
export function recordedContext(
  env: Context['env'] = {},
  signal: AbortSignal = new AbortController().signal,
): Context & { readonly console: RecordedConsole } {
  return { console: recordedConsole(), env, signal };
}
