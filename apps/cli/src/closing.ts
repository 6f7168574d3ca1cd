/** @file What a command began and must end, the last first.
 *
 *  Law: everything is ended, once, whatever fails on the way; a failure to end is said and hides nothing. */

export class Closing {
  readonly #steps: { readonly what: string; readonly end: () => unknown }[] = [];
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Remembers how to end what has just begun. */
  add(what: string, end: () => unknown): void {
    this.#steps.push({ what, end });
  }

  /** Ends everything that was added; safe to call twice. */
  async close(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.end();
      } catch (error) {
        this.#say(`could not end ${step.what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

/** Runs `work` and ends whatever it added, also after a failure. */
export async function closing<T>(
  say: (line: string) => void,
  work: (closing: Closing) => Promise<T>,
): Promise<T> {
  const begun = new Closing(say);
  try {
    return await work(begun);
  } finally {
    await begun.close();
  }
}
