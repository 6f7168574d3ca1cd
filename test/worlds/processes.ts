/** @file Real services as child processes: started from the build, awaited, killed, ended; their logs kept.
 *
 *  Law: every process started here is ended here, by its own pid, and ends by itself if this one is gone (it sees its
 *  IPC channel close). Nothing waits for a time: only for a line, a message, an answer or an end. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFailed } from 'vitest';
import type { ServiceName } from '#contracts';
import { until } from '../until.js';

/** One service, from its start to its end. */
export class ServiceProcess {
  readonly name: string;
  readonly child: ChildProcess;
  /** Exit code; null: ended by a signal. */
  readonly ended: Promise<number | null>;
  #log = '';
  #url: string | null = null;
  #over = false;

  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.child = child;
    for (const output of [child.stdout, child.stderr]) {
      output?.on('data', (piece: Buffer) => {
        this.#log += piece.toString();
      });
    }
    child.on('message', (message: { listening?: string }) => {
      if (message.listening !== undefined) this.#url = message.listening;
    });
    // `close`: after the last line of its log.
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        this.#over = true;
        resolve(code);
      });
    });
    this.ended.catch(() => undefined);
  }

  /** Everything that it has written so far. */
  get log(): string {
    return this.#log;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** @throws Error when it does not listen yet */
  get url(): string {
    if (this.#url === null) throw new Error(`${this.name} does not listen yet`);
    return this.#url;
  }

  /** @throws Error with its log when it ends before, or takes too long */
  async listening(withinMs?: number): Promise<this> {
    await this.#orItsEnd('listens', () => this.#url !== null, withinMs);
    return this;
  }

  /** Waits until /health/ready answers 200.
   *  @throws Error with its log when it ends before, or takes too long */
  async ready(withinMs?: number): Promise<this> {
    await this.listening(withinMs);
    await this.#orItsEnd('is ready', async () => (await this.health()).status === 200, withinMs);
    return this;
  }

  async health(): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${this.url}/health/ready`);
    return { status: answer.status, text: await answer.text() };
  }

  /** SIGKILL, as a power cut would do it. */
  async kill(): Promise<void> {
    if (!this.#over) this.child.kill('SIGKILL');
    await this.ended.catch(() => undefined);
  }

  /** SIGTERM. @returns its exit code */
  async stop(): Promise<number | null> {
    if (!this.#over) this.child.kill('SIGTERM');
    return this.ended;
  }

  async #orItsEnd(what: string, holds: () => boolean | Promise<boolean>, withinMs?: number): Promise<void> {
    const gone = () => new Error(`${this.name} ended before it ${what}:\n${this.#log}`);
    await until(
      `${this.name} ${what}`,
      async () => {
        if (this.#over) throw gone();
        return holds();
      },
      withinMs,
    ).catch((error: unknown) => {
      throw this.#over ? gone() : new Error(`${String(error)}\n${this.#log}`);
    });
  }
}

/** What would configure a process that a spec starts. */
const NOT_INHERITED = /^(ROLLCAST_.*|KAFKA_.*|REDIS_URL|PORT|HOST|LOG_LEVEL|NODE_OPTIONS)$/;

/** The environment of this process without anything that configures one of ours. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name)));
}

/** Where the build has what node runs.
 *  @throws Error when it is not built */
export function scriptOf(app: ServiceName | 'cli'): string {
  const script = fileURLToPath(new URL(`../../dist/apps/${app}/src/main.js`, import.meta.url));
  if (!existsSync(script)) throw new Error(`${app} is not built: run \`npm run build\` first`);
  return script;
}

/** Lines of each log that a failed test shows. */
const SHOWN_LINES = 40;

export class Processes {
  readonly all: ServiceProcess[] = [];
  readonly #environment: Readonly<Record<string, string>>;

  /** @param environment what every service started here is told, for example KAFKA_BROKERS */
  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
  }

  /** Starts a service on a free port; returns at once. */
  start(service: ServiceName, environment: Readonly<Record<string, string>> = {}): ServiceProcess {
    const child = fork(scriptOf(service), [], {
      // Vitest's own flags would make the child look for the sources.
      execArgv: [],
      env: { ...inheritedEnvironment(), PORT: '0', ...this.#environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const started = new ServiceProcess(`${service} ${this.all.length + 1}`, child);
    this.all.push(started);
    return started;
  }

  /** Shows the end of every log if the test that is running fails. */
  showLogsOnFailure(): void {
    onTestFailed(() => {
      for (const { name, log } of this.all) {
        const lines = log.trimEnd().split('\n').slice(-SHOWN_LINES);
        process.stderr.write(`--- the last of ${name}\n${lines.join('\n')}\n`);
      }
    });
  }

  /** SIGKILL to whatever still runs. */
  async end(): Promise<void> {
    await Promise.all(this.all.map((one) => one.kill()));
  }
}
