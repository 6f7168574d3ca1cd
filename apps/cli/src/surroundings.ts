/** @file The environment variables of the command line, and those that it hands to the services it starts.
 *
 *  Law: read once, by the platform's rules: a refusal names the variable. The names are those that the services
 *  read, so that what a person exports means the same to both. */
import { z } from 'zod';
import type { ServiceName } from '#contracts';
import { KAFKA_VARIABLES, kafkaRules, type KafkaSettings, kafkaSettings } from '#kafka';
import { readEnvironment, url } from '#platform';
import type { Context } from './context.js';
import { UP_PORTS } from './ports.js';

const LOCAL_BROKER = `127.0.0.1:${UP_PORTS.kafka}`;

const VARIABLES = {
  ...KAFKA_VARIABLES,
  KAFKA_BROKERS: KAFKA_VARIABLES.KAFKA_BROKERS.optional(),
  REDIS_URL: url(['redis:', 'rediss:'], 'a URL like redis://:password@host:6379').optional(),
  // The services' own: they read and check them.
  ROLLCAST_MODEL_STORE: z.string().optional(),
  ROLLCAST_EXECUTOR: z.string().optional(),
  ROLLCAST_TRAINING_LOCK_MS: z.string().optional(),
};

export interface Surroundings {
  /** Of a client of ours; without KAFKA_BROKERS it looks where `rollcast up` listens. */
  readonly kafka: KafkaSettings;
  /** Was KAFKA_BROKERS, or REDIS_URL, set? */
  readonly configured: { readonly kafka: boolean; readonly redis: boolean };
  readonly redisUrl: string;
  /** Before every topic, group and key of a queue. */
  readonly prefix: string;
}

/** @throws BAD_CONFIGURATION with every problem */
export function readSurroundings({ env }: Pick<Context, 'env'>): Surroundings {
  return readEnvironment(
    {
      variables: VARIABLES,
      rules: (values, complain) => kafkaRules({ ...values, KAFKA_BROKERS: [] }, complain),
      tree: (values): Surroundings => ({
        kafka: kafkaSettings(
          { ...values, KAFKA_BROKERS: values.KAFKA_BROKERS ?? [LOCAL_BROKER] },
          'rollcast-cli',
        ),
        configured: { kafka: values.KAFKA_BROKERS !== undefined, redis: values.REDIS_URL !== undefined },
        redisUrl: values.REDIS_URL ?? `redis://127.0.0.1:${UP_PORTS.redis}`,
        prefix: values.ROLLCAST_PREFIX,
      }),
    },
    env,
  );
}

/** Where the services that we start find the world. */
export interface ServiceWorld {
  readonly brokers: readonly string[];
  readonly redisUrl: string;
  readonly prefix: string;
  /** Folder of the artifacts. */
  readonly modelStore: string;
  /** 0: any free one. */
  readonly ports: Readonly<Record<ServiceName, number>>;
}

/** Settings that we set ourselves, or that would mean something else to each service. */
const NOT_INHERITED = /^(ROLLCAST_.*|PORT|HOST|KAFKA_BROKERS|REDIS_URL)$/;

const TRAINERS_OWN = /^ROLLCAST_(EXECUTOR|TRAINING_LOCK_MS)$/;

/** The environment of one service. Of our own names each gets those that it reads: it refuses others. */
export function serviceEnvironment(
  service: ServiceName,
  world: ServiceWorld,
  inherited: Context['env'],
): Record<string, string> {
  const passedOn = Object.entries(inherited).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      (!NOT_INHERITED.test(entry[0]) || (service === 'trainer' && TRAINERS_OWN.test(entry[0]))),
  );
  return {
    ...Object.fromEntries(passedOn),
    KAFKA_BROKERS: world.brokers.join(','),
    ROLLCAST_PREFIX: world.prefix,
    HOST: '127.0.0.1',
    PORT: String(world.ports[service]),
    ...(service === 'trainer' && { REDIS_URL: world.redisUrl }),
    ...(service !== 'ingest' && { ROLLCAST_MODEL_STORE: world.modelStore }),
  };
}
