/** @file Servers, services and base URL on fixed ports, with their data in a folder that stays. */
import { join, resolve } from 'node:path';
import { cacheFolder, endCrashedRuns } from '#local';
import { closing } from '../closing.js';
import type { Context } from '../context.js';
import { untilInterrupted } from '../interruption.js';
import { portsOfUp, UP_PORTS } from '../ports.js';
import { readSurroundings } from '../surroundings.js';
import { startBehindBaseUrl } from './base-url.js';
import { firstSteps } from './first-steps.js';
import { takeFolder } from './one-in-a-folder.js';
import { mustBeFree } from './taken-ports.js';
import { startWatchedServers } from './watched-servers.js';

export interface UpOptions {
  readonly data: string;
  readonly port: number;
  readonly partitions: number;
}

/** What a crashed `up` left: its servers are killed, its services end by themselves, in order. */
const CRASH_MS = 15_000;

export async function up(context: Context, options: UpOptions): Promise<void> {
  const { console, env } = context;
  const { kafka, configured, prefix, modelStore } = readSurroundings(context);
  const data = resolve(options.data);
  await closing(console.say, async (begun) => {
    takeFolder(data, begun);
    const crashed = endCrashedRuns(cacheFolder(env));
    crashed.forEach(console.say);
    const ports = portsOfUp(configured, options.port);
    await mustBeFree(ports, crashed.length > 0 ? CRASH_MS : 0, context.signal);
    const { servers, signal } = await startWatchedServers(context, begun, {
      kafka: { port: UP_PORTS.kafka, controllerPort: UP_PORTS.controller },
      redis: { port: UP_PORTS.redis },
      persistent: join(data, 'servers'),
    });
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
      { ...context, signal },
      (topics) => topics > 0 && console.say(`${topics} topics created`),
    );
    const { url } = running;
    console.print(`Rollcast is up: ${url}`);
    console.print(`  Kafka ${servers.kafka.brokers.join(',')}, logs in ${join(data, 'logs')}`);
    for (const line of firstSteps({ url, brokers: servers.kafka.brokers, prefix })) console.say(line);
    console.say('Ctrl-C ends it; the data stays');
    await untilInterrupted(running.signal).catch((reason: unknown) => {
      console.say(
        'a part of it has ended, so the rest ends too; the data stays, rollcast up starts it again ...',
      );
      throw reason;
    });
  });
}
