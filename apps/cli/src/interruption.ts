/** @file Ctrl-C as an AbortSignal.
 *
 *  Law: the first signal aborts, and the command ends what it began; a second one ends the process at once. Whatever
 *  is aborted throws the signal's reason: `Interrupted`, or why a service died. */
import { Interrupted } from './failures.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The part of `process` that is used; a test gives its own. */
export interface SignalSource {
  on(event: (typeof SIGNALS)[number], listener: () => void): unknown;
  off(event: (typeof SIGNALS)[number], listener: () => void): unknown;
  exit(code: number): void;
}

export interface SignalWatch {
  readonly signal: AbortSignal;
  /** Listens no more. */
  readonly release: () => void;
}

/** @param onFirst told with the first signal: ending may take seconds */
export function interruption(source: SignalSource, onFirst: () => void): SignalWatch {
  const controller = new AbortController();
  const listeners = SIGNALS.map((name) => {
    const listener = () => {
      const reason = new Interrupted(name);
      if (controller.signal.aborted) return source.exit(reason.exitCode);
      onFirst();
      controller.abort(reason);
    };
    source.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    release: () => listeners.forEach(({ name, listener }) => source.off(name, listener)),
  };
}

/** Stays until a person ends it, which is no failure; @throws any other reason. */
export async function untilInterrupted(signal: AbortSignal): Promise<void> {
  try {
    await new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason as Error);
      // An abort signal keeps no process alive; this does.
      const awake = setInterval(() => undefined, 60_000);
      signal.addEventListener(
        'abort',
        () => {
          clearInterval(awake);
          reject(signal.reason as Error);
        },
        { once: true },
      );
    });
  } catch (reason) {
    if (!(reason instanceof Interrupted)) throw reason;
  }
}
