/** @file All that the page stands on, for one test: topics under a random prefix, the three services of the build, one
 *  base URL before them.
 *
 *  Law: what was begun here is ended here, and the prefix is emptied, in Kafka and in Redis. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelsView, PublishedView, type StreamDefinitionInput, StreamView } from '#contracts';
import { type Proxy, startProxy } from '../../apps/cli/src/proxy.js';
import { forgetKeys } from '../../apps/cli/src/redis/ask-redis.js';
import { BrokerWorld } from '../worlds/broker-world.js';
import { Processes } from '../worlds/processes.js';
import type { StationReading } from './weather.js';

/** Items of one request. */
const CHUNK = 2_000;
const READY_MS = 120_000;

export class PageWorld {
  private constructor(
    readonly processes: Processes,
    private readonly broker: BrokerWorld,
    private readonly proxy: Proxy,
    private readonly redisUrl: string,
    private readonly store: string,
  ) {}

  /** Settles when all three services are ready. */
  static async make(brokers: readonly string[], redisUrl: string): Promise<PageWorld> {
    const broker = await BrokerWorld.make(brokers);
    const store = await mkdtemp(join(tmpdir(), 'rollcast-page-'));
    const processes = new Processes(broker.environment);
    const stored = { ROLLCAST_MODEL_STORE: store };
    try {
      const started = [
        processes.start('ingest'),
        processes.start('trainer', { ...stored, REDIS_URL: redisUrl }),
        processes.start('predictor', stored),
      ];
      await Promise.all(started.map((one) => one.ready(READY_MS)));
      const [ingest = '', trainer = '', predictor = ''] = started.map(({ url }) => url);
      const proxy = await startProxy({ ingest, trainer, predictor }, { host: '127.0.0.1', port: 0 });
      return new PageWorld(processes, broker, proxy, redisUrl, store);
    } catch (error) {
      await processes.end();
      await broker.close();
      throw error;
    }
  }

  /** The base URL, without a slash at its end. */
  get url(): string {
    return this.proxy.url;
  }

  async define(stream: string, definition: StreamDefinitionInput): Promise<StreamView> {
    return StreamView.parse(await this.#send('PUT', `/v1/streams/${stream}`, definition));
  }

  /** @throws Error when one of them is refused */
  async publish(stream: string, readings: readonly StationReading[]): Promise<void> {
    for (let from = 0; from < readings.length; from += CHUNK) {
      const chunk = readings.slice(from, from + CHUNK);
      const answer = await this.#send('POST', `/v1/streams/${stream}/readings`, chunk);
      const { accepted, rejected } = PublishedView.parse(answer);
      if (accepted !== chunk.length) throw new Error(`refused: ${JSON.stringify(rejected.slice(0, 3))}`);
    }
  }

  async models(stream: string): Promise<ModelsView> {
    return ModelsView.parse(await this.#send('GET', `/v1/streams/${stream}/models`));
  }

  /** Puts a version in charge, as a person does who trusts it more than the gate. */
  async use(stream: string, version: string): Promise<void> {
    await this.#send('PUT', `/v1/streams/${stream}/models/champion`, { version });
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.processes.end();
    await forgetKeys(this.redisUrl, this.broker.prefix);
    await this.broker.close();
    await rm(this.store, { recursive: true, force: true });
  }

  async #send(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
