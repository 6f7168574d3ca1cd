/** @file Waiting that ends: by a deadline, or by a signal.
 *
 *  Law: nothing here outlives the wait: no timer, no listener. What is given up may still come to its end; nobody hears
 *  of it any more, nor of its failure. */

/** `work`, or what `late` says after `ms`: for an answer that may never come.
 *  @param late a value to settle with, or an error that it throws */
export async function within<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    return await Promise.race([work, deadline.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}

/** `work`, or the signal's reason once it is aborted: for an answer that nobody may wait for any more.
 *  @throws the signal's reason */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => undefined as void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What `work` gives under a signal that is aborted as soon as one of these is. For signals that live long and are asked
 *  often: each `AbortSignal.any` leaves a trace in them that stays. */
export async function underEither<T>(
  signals: readonly AbortSignal[],
  work: (either: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
  const listening = signals.map((signal) => {
    const abort = () => either.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    return { signal, abort };
  });
  try {
    return await work(either.signal);
  } finally {
    for (const { signal, abort } of listening) signal.removeEventListener('abort', abort);
  }
}

/** Waits.
 *  @throws the signal's reason as soon as it is aborted */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await unlessAborted(over, signal);
  } finally {
    clearTimeout(timer);
  }
}
