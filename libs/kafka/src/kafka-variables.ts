/** @file The environment variables by which every service finds its Kafka, and the settings that they make. */
import { flag, list, oneOf, secret, text } from '#platform';
import { z } from 'zod';
import { type KafkaSettings, SASL_MECHANISMS, type SaslSettings } from './settings.js';

/** For `EnvironmentSpec.variables`. */
export const KAFKA_VARIABLES = {
  KAFKA_BROKERS: list(
    /^[^\s:,]+:\d+$|^\[[^\s\]]+\]:\d+$/,
    'host:port of each broker, with commas between them',
  ).refine((brokers) => brokers.every(hasPort)),
  KAFKA_SSL: flag().default(false),
  KAFKA_SASL_MECHANISM: oneOf(SASL_MECHANISMS).optional(),
  KAFKA_SASL_USERNAME: text('the user for the broker').optional(),
  KAFKA_SASL_PASSWORD: secret('the password for the broker').optional(),
  ROLLCAST_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{0,100}$/)
    .describe('letters, digits, dots, dashes or underscores: put before every topic and group')
    .default(''),
};

/** Every name of ours, for `EnvironmentSpec.neighbours`: one environment may serve all services. */
export const ROLLCAST_VARIABLES = [
  'ROLLCAST_PREFIX',
  'ROLLCAST_MODEL_STORE',
  'ROLLCAST_EXECUTOR',
  'ROLLCAST_TRAINING_LOCK_MS',
] as const;

export type KafkaVariables = {
  readonly [Name in keyof typeof KAFKA_VARIABLES]: z.output<(typeof KAFKA_VARIABLES)[Name]>;
};

function hasPort(address: string): boolean {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  return port >= 1 && port <= 65_535;
}

/** For `EnvironmentSpec.rules`: the three of SASL come together. */
export function kafkaRules(
  values: KafkaVariables,
  complain: (name: keyof KafkaVariables, problem: string) => void,
): void {
  const { KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = values;
  const sasl = { KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD };
  const given = Object.values(sasl).filter((value) => value !== undefined).length;
  if (given === 0 || given === 3) return;
  for (const [name, value] of Object.entries(sasl)) {
    if (value === undefined)
      complain(name as keyof typeof sasl, 'write it too: mechanism, user and password come together');
  }
}

/** @param clientId shows in the broker's logs: the service's name */
export function kafkaSettings(values: KafkaVariables, clientId: string): KafkaSettings {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = values;
  const sasl: SaslSettings | undefined =
    mechanism === undefined || username === undefined || password === undefined
      ? undefined
      : { mechanism, username, password };
  return {
    brokers: values.KAFKA_BROKERS,
    clientId,
    prefix: values.ROLLCAST_PREFIX,
    ssl: values.KAFKA_SSL,
    ...(sasl === undefined ? {} : { sasl }),
  };
}
