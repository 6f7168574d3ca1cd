/** @file Why a run is told to end before it is done. The first reason counts. */
import { RollcastError } from '#contracts';

export type InterruptionCause =
  /** Somebody wants it gone. */
  | { readonly why: 'cancel'; readonly reason: string }
  /** This process ends. */
  | { readonly why: 'stop' }
  /** Another run has its stream. */
  | { readonly why: 'lost' };

const WORDS = {
  stop: 'this process ends; the job goes on elsewhere',
  lost: 'another process has taken over',
} as const;

export class Interruption {
  readonly #controller = new AbortController();
  #cause: InterruptionCause | undefined;

  /** Handed to the run; its reason is a RollcastError TRAINING_CANCELLED. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get cause(): InterruptionCause | undefined {
    return this.#cause;
  }

  interrupt(cause: InterruptionCause): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    const reason = cause.why === 'cancel' ? cause.reason : WORDS[cause.why];
    this.#controller.abort(new RollcastError('TRAINING_CANCELLED', { reason }));
  }
}
