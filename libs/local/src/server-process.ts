/** @file One server as a child process: start until it answers, kill, restart on the same ports and data, stop.
 *
 *  The child leads its own process group: a Ctrl-C in the terminal reaches only us, so services can drain before
 *  their broker goes. Its output goes to a file, not to a pipe that a dead parent would leave broken.
 *
 *  Law: when `start` or `restart` resolves the server answers its probe, and from then on `onDied` is told of an end
 *  that nobody asked for; when `kill` or `stop` resolves the process is gone. Its identity is in the run's record
 *  before anything is awaited. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { RollcastError } from '#contracts';
import { within } from '#platform';
import { identityOf } from './process-identity.js';
import type { RunRecord } from './run-record.js';

export interface ServerCommand {
  /** As people read it: "Kafka". */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  /** Whether it answers in its own protocol. */
  readonly answers: () => Promise<boolean>;
  readonly readyWithinMs: number;
}

const POLL_MS = 50;
const LOG_LINES = 15;

export class ServerProcess {
  readonly #server: ServerCommand;
  readonly #record: RunRecord;
  readonly #onDied: (sentence: string) => void;
  #child: ChildProcess | undefined;

  /** @param onDied told once of an end that nobody asked for, with the end of the log: the file may go with the run */
  constructor(server: ServerCommand, record: RunRecord, onDied: (sentence: string) => void) {
    this.#server = server;
    this.#record = record;
    this.#onDied = onDied;
  }

  /** The process now running; undefined between kill and restart. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it and waits for its answer.
   *  @throws RollcastError BAD_CONFIGURATION with the end of its log, if it ends or stays silent */
  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    const { name, command, args, logFile, answers, readyWithinMs } = this.#server;
    const log = openSync(logFile, 'a');
    const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.#child = child;
    const fate: { problem?: string; ready?: true } = {};
    child.on('error', (error) => (fate.problem = `cannot start ${command}: ${error.message}`));
    child.on('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      fate.problem = `it ended with ${how}`;
      // Only an end that nobody asked for finds itself still the current child.
      if (this.#child !== child) return;
      this.#child = undefined;
      // Before it was ready, `start` throws instead.
      if (fate.ready)
        this.#onDied(`${name} has ended by itself (${how}). The last that it said:\n${endOf(logFile)}`);
    });
    // The child must not keep a finished program alive; the exit hook ends it instead.
    child.unref();
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity !== undefined) this.#record.add(name, identity);

    const deadline = performance.now() + readyWithinMs;
    for (;;) {
      const answered = await answers();
      // What answers for a child that has ended is somebody else's server on its port.
      if (answered && fate.problem === undefined) break;
      if (fate.problem !== undefined || performance.now() > deadline) {
        await this.kill();
        throw new RollcastError('BAD_CONFIGURATION', {
          problem: `${name} did not start: ${fate.problem ?? `no answer in ${readyWithinMs / 1000} s`}\n${endOf(logFile)}`,
        });
      }
      await pause(POLL_MS);
    }
    fate.ready = true;
  }

  /** SIGKILL, as a power cut would do it; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL', 0);
  }

  /** Kills what runs and starts again: the same command, ports and data. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** SIGSTOP: it keeps its connections and answers nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** SIGCONT: it goes on where it was frozen. */
  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** SIGTERM and, after `graceMs`, SIGKILL. */
  async stop(graceMs: number): Promise<void> {
    await this.#end('SIGTERM', graceMs);
  }

  async #end(signal: NodeJS.Signals, graceMs: number): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.ref();
    child.kill(signal);
    if (signal !== 'SIGKILL') {
      await within(graceMs, gone, () => undefined);
      child.kill('SIGKILL');
    }
    await gone;
  }
}

function endOf(file: string): string {
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n');
}
