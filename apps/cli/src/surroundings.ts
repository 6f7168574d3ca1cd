/** @file The environment variables of the command line, and those that it hands to the services it starts.
 *
 *  Law: read once, by the platform's rules: a refusal names the variable. The names are those that the services
 *  read, so that what a person exports means the same to both. */
import { z } from 'zod';
import type { ServiceName } from '#contracts';
import { KAFKA_VARIABLES, kafkaRules, type KafkaSettings, kafkaSettings, ROLLCAST_VARIABLES } from '#kafka';
import { readEnvironment, url } from '#platform';
import type { Context } from './context.js';
import { UP_PORTS } from './ports.js';

const LOCAL_BROKER = `127.0.0.1:${UP_PORTS.kafka}`;

const VARIABLES = {
  ...KAFKA_VARIABLES,
  KAFKA_BROKERS: KAFKA_VARIABLES.KAFKA_BROKERS.optional(),
  REDIS_URL: url(['redis:', 'rediss:'], 'a URL like redis://:password@host:6379').optional(),
  // The services' own: they check them.
  ROLLCAST_MODEL_STORE: z.string().optional(),
  ROLLCAST_EXECUTOR: z.string().optional(),
};

export interface Surroundings {
  /** Of a client of ours; without KAFKA_BROKERS it looks where `rollcast up` listens. */
  readonly kafka: KafkaSettings;
  /** Was KAFKA_BROKERS, or REDIS_URL, set? */
  readonly configured: { readonly kafka: boolean; readonly redis: boolean };
  readonly redisUrl: string;
  /** Before every topic, group and key of a queue. */
  readonly prefix: string;
  /** null: nobody named a folder. */
  readonly modelStore: string | null;
  /** As it was written. */
  readonly executor: string;
}

/** @throws BAD_CONFIGURATION with every problem */
export function readSurroundings({ env }: Pick<Context, 'env'>): Surroundings {
  return readEnvironment(
    {
      variables: VARIABLES,
      neighbours: ROLLCAST_VARIABLES,
      rules: (values, complain) => kafkaRules({ ...values, KAFKA_BROKERS: [] }, complain),
      tree: (values): Surroundings => ({
        kafka: kafkaSettings(
          { ...values, KAFKA_BROKERS: values.KAFKA_BROKERS ?? [LOCAL_BROKER] },
          'rollcast-cli',
        ),
        configured: { kafka: values.KAFKA_BROKERS !== undefined, redis: values.REDIS_URL !== undefined },
        redisUrl: values.REDIS_URL ?? `redis://127.0.0.1:${UP_PORTS.redis}`,
        prefix: values.ROLLCAST_PREFIX,
        modelStore: values.ROLLCAST_MODEL_STORE ?? null,
        executor: values.ROLLCAST_EXECUTOR ?? 'auto',
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

/** The environment of one service: what a person exports, and where everything is. Each passes over what it does not
 *  read. */
export function serviceEnvironment(
  service: ServiceName,
  world: ServiceWorld,
  inherited: Context['env'],
): Record<string, string> {
  const passedOn = Object.entries(inherited).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    ...Object.fromEntries(passedOn),
    KAFKA_BROKERS: world.brokers.join(','),
    REDIS_URL: world.redisUrl,
    ROLLCAST_PREFIX: world.prefix,
    ROLLCAST_MODEL_STORE: world.modelStore,
    HOST: '127.0.0.1',
    PORT: String(world.ports[service]),
  };
}
