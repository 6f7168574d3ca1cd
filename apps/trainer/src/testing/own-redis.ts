/** @file A redis-server of one spec, for what cannot be done to one that others use: kill it.
 *
 *  Law: a free port of its own, an own folder (AOF on, so that a kill loses nothing), and its end with the spec. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from '#local';
import { until } from '../../../../test/until.js';

export class OwnRedis {
  #child: ChildProcess | undefined;
  #problem: Error | undefined;

  private constructor(
    readonly port: number,
    readonly folder: string,
  ) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  static async start(): Promise<OwnRedis> {
    const [port = 0] = await freePorts(1);
    const server = new OwnRedis(port, await mkdtemp(join(tmpdir(), 'rollcast-redis-')));
    await server.run();
    return server;
  }

  /** Starts it on the same port and data; settles when it answers. */
  async run(): Promise<void> {
    const settings = {
      port: this.port,
      bind: '127.0.0.1',
      dir: this.folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn('redis-server', [...options, '--maxmemory-policy', 'noeviction'], {
      stdio: 'ignore',
    });
    this.#child = child;
    // It must not outlive a spec that was cut off.
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    child.once('error', (error) => (this.#problem = error));
    await until('redis-server answers', () => {
      if (this.#problem !== undefined)
        throw new Error('this spec needs redis-server', { cause: this.#problem });
      return answers(this.url);
    });
  }

  /** SIGKILL; settles when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** It keeps its connections and answers nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function answers(url: string): Promise<boolean> {
  const probe = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 500,
  });
  probe.on('error', () => undefined);
  try {
    await probe.connect();
    return (await probe.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    probe.disconnect();
  }
}
