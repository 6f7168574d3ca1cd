/** @file Servers, services and base URL on fixed ports, with their data in a folder that stays. */
import { join, resolve } from 'node:path';
import { startServers } from '#local';
import { unlessAborted } from '#platform';
import { closing } from '../closing.js';
import type { Context } from '../context.js';
import { untilInterrupted } from '../interruption.js';
import { UP_PORTS } from '../ports.js';
import { readSurroundings } from '../surroundings.js';
import { startBehindBaseUrl } from './base-url.js';
import { firstSteps } from './first-steps.js';

export interface UpOptions {
  readonly data: string;
  readonly port: number;
  readonly partitions: number;
}

export async function up(context: Context, options: UpOptions): Promise<void> {
  const { console, env, signal } = context;
  const { kafka, prefix, modelStore } = readSurroundings(context);
  const data = resolve(options.data);
  await closing(console.say, async (begun) => {
    const starting = startServers({
      kafka: { port: UP_PORTS.kafka, controllerPort: UP_PORTS.controller },
      redis: { port: UP_PORTS.redis },
      persistent: join(data, 'servers'),
      signals: 'leave',
      onProgress: console.say,
      env,
    });
    const servers = await unlessAborted(starting, signal);
    begun.add('the servers', () => servers.stop());
    const running = await startBehindBaseUrl(
      {
        kafka: { ...kafka, brokers: servers.kafka.brokers },
        redisUrl: servers.redis.url,
        prefix,
        partitions: options.partitions,
        modelStore: modelStore ?? join(data, 'models'),
        logFolder: join(data, 'logs'),
        ports: { ...UP_PORTS, proxy: options.port },
      },
      begun,
      context,
      (topics) => topics > 0 && console.say(`${topics} topics created`),
    );
    const { url } = running;
    console.print(`Rollcast is up: ${url}`);
    console.print(`  Kafka ${servers.kafka.brokers.join(',')}, logs in ${join(data, 'logs')}`);
    for (const line of firstSteps({ url, brokers: servers.kafka.brokers, prefix })) console.say(line);
    console.say('Ctrl-C ends it; the data stays');
    await untilInterrupted(running.signal);
  });
}
