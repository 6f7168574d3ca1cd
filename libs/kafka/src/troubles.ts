/** @file What keeps one thing from working, from several sources, told as one.
 *
 *  Law: it is well (null) exactly while no source is in trouble; else its word is the newest trouble of those that last.
 *  Only a change is told. */
import type { RollcastError } from '#contracts';

export class Troubles {
  readonly #tell: (problem: RollcastError | null) => void;
  readonly #lasting = new Map<object, RollcastError>();
  #told: RollcastError | null = null;

  constructor(tell: (problem: RollcastError | null) => void) {
    this.#tell = tell;
  }

  /** @param source by identity; its newer trouble replaces its older one */
  begin(source: object, problem: RollcastError): void {
    this.#lasting.delete(source);
    this.#lasting.set(source, problem);
    this.#update();
  }

  /** The source works again, or nobody waits for it any more. */
  end(source: object): void {
    this.#lasting.delete(source);
    this.#update();
  }

  #update(): void {
    const now = [...this.#lasting.values()].at(-1) ?? null;
    if (now === this.#told) return;
    this.#told = now;
    this.#tell(now);
  }
}
