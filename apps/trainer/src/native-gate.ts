/** @file The gate before native code in a training thread: ONNX Runtime and TensorFlow throw where a thread is ended
 *  under them, nobody can catch it, and it takes the whole process with it.
 *
 *  Law: native code runs only inside; the gate is shut only while nobody is inside, and who comes to a shut gate waits
 *  for ever. So a thread whose gate is shut can be ended. A thread begins inside: its imports load native code. */
import { setTimeout } from 'node:timers/promises';
import type { Executor, PreparedProgram } from '#compute';

const FREE = 0;
const INSIDE = 1;
const SHUT = 2;
/** A training step takes tens of milliseconds, and nobody can be told from there when it has ended. */
const LOOK_EVERY_MS = 5;

export class NativeGate {
  readonly #state: Int32Array;
  /** Calls of this thread that are inside. */
  #calls: number;

  /** @param shared with the other side; left out: a new one */
  constructor(readonly shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.#state = new Int32Array(shared);
    this.#calls = 1;
  }

  /** For the service: a gate whose thread is to be started. */
  static forNewThread(): NativeGate {
    const gate = new NativeGate();
    Atomics.store(gate.#state, 0, INSIDE);
    return gate;
  }

  /** In the thread. What is awaited in `work` is inside too. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    this.#calls += 1;
    if (this.#calls === 1) this.#enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** In the thread: ends what it began with. */
  leave(): void {
    this.#calls -= 1;
    if (this.#calls === 0) Atomics.compareExchange(this.#state, 0, INSIDE, FREE);
  }

  /** For the service: settles when the gate is shut. @param isGone whether there is no thread any more */
  async shut(isGone: () => boolean): Promise<void> {
    while (!isGone() && Atomics.compareExchange(this.#state, 0, FREE, SHUT) === INSIDE) {
      await setTimeout(LOOK_EVERY_MS);
    }
  }

  #enter(): void {
    while (Atomics.compareExchange(this.#state, 0, FREE, INSIDE) !== FREE) Atomics.wait(this.#state, 0, SHUT);
  }
}

/** An executor all of whose native code runs behind the gate. */
export function behindGate(executor: Executor, gate: NativeGate): Executor {
  return {
    ...executor,
    prepare: (program) =>
      gate.through(async () => {
        const prepared = await executor.prepare(program);
        return {
          run: (feeds) => gate.through(() => prepared.run(feeds)),
          release: () => gate.through(() => prepared.release()),
        } satisfies PreparedProgram;
      }),
  };
}
