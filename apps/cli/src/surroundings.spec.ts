import { describe, expect, test } from 'vitest';
import { readSurroundings, serviceEnvironment, type ServiceWorld } from './surroundings.js';

const read = (env: Record<string, string>) => readSurroundings({ env });

describe('the environment of the command line', () => {
  test('without a word it is what `rollcast up` starts', () => {
    expect(read({})).toMatchObject({
      kafka: { brokers: ['127.0.0.1:9092'], prefix: '', ssl: false },
      configured: { kafka: false, redis: false },
      redisUrl: 'redis://127.0.0.1:6379',
      modelStore: null,
      executor: 'auto',
    });
  });

  test('what is configured is passed through', () => {
    expect(
      read({
        KAFKA_BROKERS: 'a:1,b:2',
        KAFKA_SSL: 'true',
        KAFKA_SASL_MECHANISM: 'plain',
        KAFKA_SASL_USERNAME: 'me',
        KAFKA_SASL_PASSWORD: 'hush',
        ROLLCAST_PREFIX: 'team.',
      }),
    ).toMatchObject({
      configured: { kafka: true },
      kafka: {
        brokers: ['a:1', 'b:2'],
        ssl: true,
        prefix: 'team.',
        sasl: { mechanism: 'plain', password: 'hush' },
      },
    });
  });

  test('an empty value is none', () => {
    const { modelStore, executor } = read({ ROLLCAST_MODEL_STORE: '', ROLLCAST_EXECUTOR: '' });
    expect([modelStore, executor]).toEqual([null, 'auto']);
  });

  test.each([
    [{ KAFKA_BROKERS: 'nowhere' }, /KAFKA_BROKERS: found "nowhere"/],
    [{ KAFKA_SASL_MECHANISM: 'plain' }, /KAFKA_SASL_USERNAME: .*\n?.*KAFKA_SASL_PASSWORD/s],
    [{ ROLLCAST_PREFIXX: 'x' }, /ROLLCAST_PREFIXX: no such variable; write ROLLCAST_PREFIX/],
  ])('%j is refused by name', (env, message) => expect(() => read(env)).toThrow(message));
});

describe('the environment of a service', () => {
  const world: ServiceWorld = {
    brokers: ['127.0.0.1:1', '127.0.0.1:2'],
    redisUrl: 'redis://127.0.0.1:3',
    prefix: 'demo-1.',
    modelStore: 'models',
    ports: { ingest: 0, trainer: 3002, predictor: 0 },
  };
  const inherited = {
    PATH: '/bin',
    PORT: '9',
    REDIS_URL: 'redis://other',
    ROLLCAST_PREFIX: 'other.',
    LOG_LEVEL: 'debug',
    NO: undefined,
    ROLLCAST_EXECUTOR: 'wasm',
  };

  test('says where everything is, whatever the shell says, and passes the rest on', () => {
    const all = {
      PATH: '/bin',
      LOG_LEVEL: 'debug',
      KAFKA_BROKERS: '127.0.0.1:1,127.0.0.1:2',
      REDIS_URL: 'redis://127.0.0.1:3',
      ROLLCAST_PREFIX: 'demo-1.',
      ROLLCAST_MODEL_STORE: 'models',
      ROLLCAST_EXECUTOR: 'wasm',
      HOST: '127.0.0.1',
    };
    expect(serviceEnvironment('ingest', world, inherited)).toEqual({ ...all, PORT: '0' });
    expect(serviceEnvironment('trainer', world, inherited)).toEqual({ ...all, PORT: '3002' });
  });
});
