/** @file What must still happen when this process ends, however it ends.
 *
 *  One listener for the whole process runs every hook on `exit`, and so after process.exit, an uncaught error or an
 *  empty event loop. A signal alone would skip `exit`: unless the program handles signals itself, ours turns it
 *  into an ordinary exit with the usual code 128 + number.
 *
 *  Law: hooks are synchronous and run once. Against SIGKILL nothing helps here: the next run ends what is left. */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const hooks = new Set<() => void>();
let listening = false;
let exitOnSignal = false;

function runHooks(): void {
  for (const hook of hooks) hook();
  hooks.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  // Not left to `exit`: test runners replace process.exit by one that throws.
  runHooks();
  process.exit(128 + constants.signals[signal]);
}

/** Runs the hook when the process ends.
 *  @param signals `exit`: a signal ends the process; `leave`: the program handles signals itself
 *  @returns takes the hook back */
export function onProcessEnd(hook: () => void, signals: 'exit' | 'leave'): () => void {
  hooks.add(hook);
  if (!listening) {
    listening = true;
    process.on('exit', runHooks);
  }
  if (signals === 'exit' && !exitOnSignal) {
    exitOnSignal = true;
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  return () => {
    hooks.delete(hook);
    if (hooks.size > 0 || !exitOnSignal) return;
    exitOnSignal = false;
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
