/** @file One service as a process of its own: started, asked whether it is ready, ended.
 *
 *  It runs in a process group of its own, so that Ctrl-C reaches it only through us: two signals would mean "at once"
 *  to it. If we die, its IPC channel closes, and it ends by itself.
 *
 *  Law: after `stop` the process is gone. What it writes goes to its log file, and the file's last lines say why it
 *  died. */
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { pause, unlessAborted } from '#platform';
import { CommandFailed } from '../failures.js';
import { lastLines } from './log-tail.js';

export interface ServicePlan {
  readonly name: string;
  /** What node runs. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** A service needs its ten seconds to drain (see the platform's shutdown); then it has had its chance. */
const STOP_MS = 12_000;
const ASK_EVERY_MS = 100;

export class ServiceProcess {
  readonly name: string;
  /** Rejects when the process ends without having been asked to; never resolves. */
  readonly failure: Promise<never>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #listening: Promise<string>;
  #stopping = false;

  constructor(plan: ServicePlan) {
    this.name = plan.name;
    const log = openSync(plan.logFile, 'a');
    this.#child = fork(plan.script, [], {
      env: plan.env,
      detached: true,
      execArgv: [],
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
    this.#listening = new Promise((resolve) => {
      this.#child.on('message', (message) => {
        const url = (message as { listening?: unknown } | null)?.listening;
        if (typeof url === 'string') resolve(url);
      });
    });
    this.failure = this.#ended.then(() => {
      if (this.#stopping) return new Promise<never>(() => undefined);
      throw new CommandFailed(endOf(plan, this.#child));
    });
    // Whoever watches is told; nobody has to watch.
    this.failure.catch(() => undefined);
  }

  /** Waits until the service says that work gets done.
   *  @returns its base URL
   *  @throws CommandFailed when it ends, or is not ready in time, with what it says */
  async untilReady(withinMs: number, signal: AbortSignal): Promise<string> {
    const deadline = Date.now() + withinMs;
    const url = await Promise.race([
      unlessAborted(this.#listening, signal),
      this.failure,
      pause(withinMs, signal).then(() => {
        throw new CommandFailed(`${this.name} does not listen after ${withinMs / 1000} s`);
      }),
    ]);
    for (;;) {
      const [ready, why] = await readiness(url);
      if (ready) return url;
      if (Date.now() > deadline)
        throw new CommandFailed(`${this.name} is not ready after ${withinMs / 1000} s: ${why}`);
      await Promise.race([pause(ASK_EVERY_MS, signal), this.failure]);
    }
  }

  /** Ends the process in order, or by force when it takes too long. Safe to call twice.
   *  @returns whether it ended by itself */
  async stop(withinMs = STOP_MS): Promise<boolean> {
    this.#stopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return true;
    let orderly = true;
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => {
      orderly = false;
      this.#child.kill('SIGKILL');
    }, withinMs);
    await this.#ended;
    clearTimeout(force);
    return orderly;
  }

  /** For whatever ends this process without asking: synchronous, no questions. */
  kill(): void {
    this.#stopping = true;
    this.#child.kill('SIGKILL');
  }
}

async function readiness(url: string): Promise<[ready: boolean, why: string]> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3_000) });
    if (answer.ok) return [true, ''];
    const { indicators = {} } = (await answer.json()) as {
      indicators?: Record<string, { status: string; detail?: string }>;
    };
    const waiting = Object.entries(indicators).filter(([, { status }]) => status !== 'up');
    return [false, waiting.map(([name, { status, detail = status }]) => `${name}: ${detail}`).join('; ')];
  } catch (error) {
    return [false, error instanceof Error ? error.message : String(error)];
  }
}

function endOf({ name, logFile }: ServicePlan, { exitCode, signalCode }: ChildProcess): string {
  const how = signalCode === null ? `exit code ${exitCode ?? 'unknown'}` : signalCode;
  const said = lastLines(logFile, 12).map((line) => `  ${line}`);
  return [`${name} has ended (${how}). The last that it said:`, ...said].join('\n');
}
