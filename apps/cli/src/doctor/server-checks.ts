/** @file Are Kafka and Redis there, as this environment names them? */
import { TOPICS } from '#contracts';
import { KafkaAdmin, KafkaClient, type KafkaSettings, silentLogger } from '#kafka';
import { KAFKA_VERSION } from '#local';
import { hidePasswords } from '#platform';
import { type Check, fail, ok, warn } from './check.js';
import { redisVersion } from '../redis/ask-redis.js';

const WITHIN_MS = 6_000;
const WILL_START = 'rollcast up and demo start one themselves';

/** kafkajs speaks no request that a broker answers with its version, so none is said. */
export function kafkaCheck(settings: KafkaSettings, configured: boolean): Check {
  const where = settings.brokers.join(', ');
  return {
    name: 'Kafka',
    ask: async () => {
      const admin = new KafkaAdmin(
        new KafkaClient({ ...settings, connectionTimeoutMs: 2_000 }, silentLogger),
      );
      try {
        await admin.untilReady(WITHIN_MS);
        const present = new Set(await admin.topicNames());
        const missing = TOPICS.filter(({ name }) => !present.has(name));
        if (missing.length === 0)
          return ok(`${where} answers (of a version that we cannot ask), with all ${TOPICS.length} topics`);
        return warn(
          `${where} answers; ${missing.length} of ${TOPICS.length} topics are missing`,
          'rollcast topics --apply',
        );
      } catch (error) {
        return configured
          ? fail(
              `${where}: ${(error as Error).message}`,
              'start it, or correct KAFKA_BROKERS and its security settings',
            )
          : ok(
              `none configured and none at ${where}; ${WILL_START} (Apache Kafka ${KAFKA_VERSION} where it is of this machine)`,
            );
      } finally {
        await admin.close();
      }
    },
  };
}

/** BullMQ needs streams and scripts of this version; our local server has it. */
const OLDEST_REDIS = 7;

export function redisCheck(url: string, configured: boolean): Check {
  const where = hidePasswords(url);
  return {
    name: 'Redis',
    ask: async () => {
      try {
        const version = await redisVersion(url);
        return Number.parseInt(version, 10) >= OLDEST_REDIS
          ? ok(`${where} answers, version ${version}`)
          : fail(`${where} has version ${version}`, `Redis ${OLDEST_REDIS}.0 or newer is needed`);
      } catch (error) {
        return configured
          ? fail(`${where}: ${(error as Error).message}`, 'start it, or correct REDIS_URL')
          : ok(`none configured and none at ${where}; ${WILL_START}`);
      }
    },
  };
}
