/** @file One Kafka and one Redis for all tests that need them.
 *
 *  Vitest runs this only if a file of the project `broker` is to run, so unit tests alone pay nothing. Specs take the
 *  addresses by `inject('brokers')` and `inject('redisUrl')`; child processes find them as KAFKA_BROKERS and
 *  REDIS_URL. Every spec works under a random prefix of its own. A spec that kills a server starts one of its own. */
import type { TestProject } from 'vitest/node';
import { startServers } from '#local';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` each. */
    brokers: string[];
    redisUrl: string;
    /** The two lines that say where Kafka and Redis come from. */
    serversSaid: string[];
  }
}

/** Starts or finds the servers, says which, and gives back what ends them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startServers({ onProgress: (line) => process.stdout.write(`${line}\n`) });
  const brokers = [...servers.kafka.brokers];
  project.provide('brokers', brokers);
  project.provide('redisUrl', servers.redis.url);
  project.provide('serversSaid', [servers.kafka.describe, servers.redis.describe]);
  process.env['KAFKA_BROKERS'] = brokers.join(',');
  process.env['REDIS_URL'] = servers.redis.url;
  return () => servers.stop();
}
