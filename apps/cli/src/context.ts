/** @file What every command is given of the process around it. */
import type { Console } from './terminal/console.js';

export interface Context {
  readonly console: Console;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C with the reason `Interrupted`. */
  readonly signal: AbortSignal;
}
