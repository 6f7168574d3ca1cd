import { describe, expect, test } from 'vitest';
import { ROLLCAST_VARIABLES } from '#kafka';
import { readEnvironment } from '#platform';
import { TRAINER_ENVIRONMENT } from './configuration.js';

const least = {
  KAFKA_BROKERS: 'one:9092,two:9092',
  REDIS_URL: 'redis://:secret@cache:6379',
  ROLLCAST_MODEL_STORE: '/models',
};
const read = (changes: Record<string, string | undefined> = {}) =>
  readEnvironment(TRAINER_ENVIRONMENT, { ...least, ...changes });

describe('the environment of the trainer', () => {
  test('needs Kafka, Redis and a folder; plain BullMQ clients find its queue', () => {
    expect(read()).toMatchObject({
      kafka: { brokers: ['one:9092', 'two:9092'], prefix: '' },
      redisUrl: least.REDIS_URL,
      queuePrefix: 'bull',
      modelStore: '/models',
      executor: 'auto',
      lockMs: 30_000,
    });
  });

  test('is the one that reads every name of ours, so the list that all pass over is whole', () => {
    const ours = Object.keys(TRAINER_ENVIRONMENT.variables).filter((name) => name.startsWith('ROLLCAST_'));
    expect(ours.sort()).toEqual([...ROLLCAST_VARIABLES].sort());
  });

  test('has one prefix for topics and queues', () => {
    const { kafka, queuePrefix } = read({ ROLLCAST_PREFIX: 'demo.' });
    expect([kafka.prefix, queuePrefix]).toEqual(['demo.', 'demo.']);
  });

  test('takes Redis over TLS', () => {
    expect(read({ REDIS_URL: 'rediss://cache:6380' }).redisUrl).toBe('rediss://cache:6380');
  });

  test.each([
    ['KAFKA_BROKERS', undefined, /KAFKA_BROKERS: not set/],
    ['REDIS_URL', undefined, /REDIS_URL: not set; write a URL like redis:/],
    ['REDIS_URL', 'http://:secret@cache', /REDIS_URL: found a value that is not shown/],
    ['ROLLCAST_MODEL_STORE', undefined, /ROLLCAST_MODEL_STORE: not set/],
    ['ROLLCAST_EXECUTOR', 'gpu', /ROLLCAST_EXECUTOR: found "gpu"; write one of auto/],
    [
      'ROLLCAST_TRAINING_LOCK_MS',
      '5',
      /ROLLCAST_TRAINING_LOCK_MS: found "5"; write a whole number from 1000/,
    ],
    ['KAFKA_SASL_USERNAME', 'me', /KAFKA_SASL_MECHANISM: write it too/],
  ])('refuses %s = %s and says what to write', (name, value, problem) => {
    expect(() => read({ [name]: value })).toThrow(problem);
  });
});
