/** @file Ends a process in order, within a deadline, whoever asks.
 *
 *  SIGTERM, SIGINT and a parent that is gone (the IPC channel closes) ask once: ready goes false, then the stop hooks
 *  run one after another, the last added first, as things were started; neighbours that were added with `addBeside`
 *  run side by side, so that ten farewells to a server that is gone take as long as one. A second signal means now.
 *
 *  Law: exit code 0 only if every hook came to its end without an error. At the deadline the hooks that hang are named
 *  and the process ends with 1. A hook that throws does not keep the others from running. */
import { constants } from 'node:os';
import type { Health } from './health.js';
import type { Logger } from './logging.js';

export type StopHook = () => void | Promise<void>;

interface NamedHook {
  readonly name: string;
  readonly stop: StopHook;
}

/** The part of `process` that is used; a test gives its own. */
export interface EndingProcess {
  on(event: 'SIGTERM' | 'SIGINT' | 'disconnect', listener: () => void): unknown;
  exit(code: number): void;
  /** Present in a child with an IPC channel. */
  send?(message: unknown): unknown;
}

/** From the first signal to the end. */
export const DEADLINE_MS = 10_000;

export class Shutdown {
  readonly #logger: Logger;
  readonly #process: EndingProcess;
  readonly #deadlineMs: number;
  /** In each step, what stops side by side. */
  readonly #steps: { readonly isOpen: boolean; readonly hooks: NamedHook[] }[] = [];
  readonly #running = new Set<string>();
  #reason: string | undefined;

  constructor(health: Health, logger: Logger, endingProcess: EndingProcess, deadlineMs = DEADLINE_MS) {
    this.#logger = logger;
    this.#process = endingProcess;
    this.#deadlineMs = deadlineMs;
    health.register('running', () =>
      this.#reason === undefined
        ? { status: 'up' }
        : { status: 'down', detail: `shutting down: ${this.#reason}` },
    );
  }

  /** Whether shutting down has begun. */
  get begun(): boolean {
    return this.#reason !== undefined;
  }

  /** Adds what must be stopped; it stops before everything added earlier. */
  add(name: string, stop: StopHook): void {
    this.#steps.push({ isOpen: false, hooks: [{ name, stop }] });
  }

  /** Adds what may stop at the same time as those that were added just before or after it in this way. */
  addBeside(name: string, stop: StopHook): void {
    const last = this.#steps.at(-1);
    if (last?.isOpen === true) last.hooks.push({ name, stop });
    else this.#steps.push({ isOpen: true, hooks: [{ name, stop }] });
  }

  /** Listens for signals and for the end of the parent. */
  listen(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      this.#process.on(signal, () => {
        if (!this.begun) return void this.begin(signal);
        this.#logger.warn(`${signal} again: ending at once`, { hooks: [...this.#running] });
        this.#process.exit(128 + constants.signals[signal]);
      });
    }
    if (this.#process.send !== undefined) {
      this.#process.on('disconnect', () => void this.begin('the parent process is gone'));
    }
  }

  /** Stops everything and exits. Asked again it does nothing; the first reason counts.
   *  @param code the exit code when all goes well */
  async begin(reason: string, code = 0): Promise<void> {
    if (this.begun) return;
    this.#reason = reason;
    this.#logger.info('shutting down', { reason });
    const deadline = setTimeout(() => {
      this.#logger.error(
        `"${[...this.#running].join('", "')}" did not stop in ${this.#deadlineMs} ms: ending all the same`,
      );
      this.#process.exit(1);
    }, this.#deadlineMs);
    let exitCode = code;
    for (const { hooks } of [...this.#steps].reverse()) {
      const ended = await Promise.all(hooks.map((hook) => this.#stop(hook)));
      if (ended.includes(false)) exitCode = 1;
    }
    clearTimeout(deadline);
    this.#logger.info('stopped', { reason });
    this.#process.exit(exitCode);
  }

  /** @returns whether it came to its end without an error */
  async #stop({ name, stop }: NamedHook): Promise<boolean> {
    this.#running.add(name);
    try {
      await stop();
      return true;
    } catch (error) {
      this.#logger.error(`"${name}" failed to stop`, { error });
      return false;
    } finally {
      this.#running.delete(name);
    }
  }
}
