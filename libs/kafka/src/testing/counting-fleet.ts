/** @file Processes that run the counting task, to be killed and frozen by tests.
 *
 *  Law: every process started here is ended here, by its own pid. The build must be there: children are plain
 *  JavaScript. */
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CountingProcessOptions } from './counting-process.js';

const SCRIPT = fileURLToPath(
  new URL('../../../../dist/libs/kafka/src/testing/counting-process.js', import.meta.url),
);

export interface CountingChild {
  readonly name: string;
  readonly child: ChildProcess;
  /** Input records committed by this process. */
  records: number;
  /** Partitions opened, in order. */
  readonly opened: number[];
  state: string;
}

export class CountingFleet {
  readonly #options: Omit<CountingProcessOptions, 'name'>;
  readonly children: CountingChild[] = [];
  #started = 0;

  constructor(options: Omit<CountingProcessOptions, 'name'>) {
    if (!existsSync(SCRIPT)) throw new Error('the counting process is not built: run `npm run build` first');
    this.#options = options;
  }

  start(): CountingChild {
    const name = `counter-${++this.#started}`;
    const child = fork(SCRIPT, [JSON.stringify({ ...this.#options, name })], {
      stdio: 'inherit',
      // Vitest's own flags would make the child look for the sources.
      execArgv: [],
    });
    const counting: CountingChild = { name, child, records: 0, opened: [], state: 'starting' };
    child.on('message', (message: { records?: number; opened?: number; state?: string }) => {
      if (message.records !== undefined) counting.records = message.records;
      if (message.opened !== undefined) counting.opened.push(message.opened);
      if (message.state !== undefined) counting.state = message.state;
    });
    this.children.push(counting);
    return counting;
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(counting: CountingChild): Promise<void> {
    const { child } = counting;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Input records committed by all processes ever started. */
  get records(): number {
    return this.children.reduce((sum, { records }) => sum + records, 0);
  }

  async end(): Promise<void> {
    await Promise.all(this.children.map((one) => this.kill(one)));
  }
}
