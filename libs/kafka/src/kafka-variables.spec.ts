import { readEnvironment } from '#platform';
import { expect, test } from 'vitest';
import { KAFKA_VARIABLES, kafkaRules, kafkaSettings, type KafkaVariables } from './kafka-variables.js';

const read = (env: Record<string, string>) =>
  readEnvironment(
    {
      variables: KAFKA_VARIABLES,
      rules: kafkaRules,
      tree: (values) => kafkaSettings(values as KafkaVariables, 'ingest'),
    },
    env,
  );

test('brokers alone are enough; TLS, SASL and the prefix are passed through', () => {
  expect(read({ KAFKA_BROKERS: 'a:9092, b:9093' })).toEqual({
    brokers: ['a:9092', 'b:9093'],
    clientId: 'ingest',
    prefix: '',
    ssl: false,
  });
  const all = {
    KAFKA_BROKERS: '[::1]:9092',
    KAFKA_SSL: 'true',
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'u',
    KAFKA_SASL_PASSWORD: 'p',
    ROLLCAST_PREFIX: 'plant-1.',
  };
  expect(read(all)).toMatchObject({
    ssl: true,
    prefix: 'plant-1.',
    sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
  });
});

test.each([
  [{}, /KAFKA_BROKERS.*host:port/s],
  [{ KAFKA_BROKERS: 'kafka' }, /KAFKA_BROKERS.*host:port/s],
  [{ KAFKA_BROKERS: 'a:1,b:65536' }, /KAFKA_BROKERS.*host:port/s],
  [{ KAFKA_BROKERS: 'a:1', KAFKA_SASL_USERNAME: 'u' }, /KAFKA_SASL_MECHANISM.*\n.*KAFKA_SASL_PASSWORD/],
  [{ KAFKA_BROKERS: 'a:1', ROLLCAST_PREFIX: 'a/b' }, /ROLLCAST_PREFIX/],
])('%j is refused with the variable and what to write', (env, message) => {
  expect(() => read(env as unknown as Record<string, string>)).toThrow(message);
});
