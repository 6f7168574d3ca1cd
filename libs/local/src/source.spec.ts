import { describe, expect, test } from 'vitest';
import { chooseSource, containersWouldDo, parseBrokers, parseRedisUrl } from './source.js';

const answers = (yes: boolean) => () => Promise.resolve(yes);
const neverAsked = () => Promise.reject(new Error('the container runtime was asked'));

describe('where a server comes from', () => {
  test.each([
    [
      'what is configured wins, and no container runtime is asked',
      'a:9092',
      undefined,
      neverAsked,
      'configured',
    ],
    ['then a container runtime that answers', undefined, undefined, answers(true), 'container'],
    ['then this machine', undefined, undefined, answers(false), 'local'],
    ['an empty variable counts as unset', ' ', undefined, answers(false), 'local'],
    [
      'a test that kills its server gets a local one whatever is configured',
      'a:9092',
      'local',
      neverAsked,
      'local',
    ],
  ] as const)('%s', async (_, configured, only, containers, source) => {
    expect(await chooseSource(configured, only, containers)).toBe(source);
  });
});

test.each([
  [{}, true],
  [{ kafka: {}, redis: {} }, true],
  [{ kafka: { port: 9092 } }, false],
  [{ kafka: { controllerPort: 9093 } }, false],
  [{ redis: { port: 6379 } }, false],
  [{ persistent: 'data' }, false],
])('containers for %j: %s', (wishes, would) => {
  expect(containersWouldDo(wishes)).toBe(would);
});

describe('addresses', () => {
  test('brokers are host:port by commas, IPv6 in brackets', () => {
    expect(parseBrokers('a.b:9092, [::1]:1,')).toEqual([
      { host: 'a.b', port: 9092 },
      { host: '::1', port: 1 },
    ]);
  });

  test.each(['kafka', 'kafka:', ':9092', 'kafka:0', 'kafka:70000', 'kafka://a:9092', 'a b:9092'])(
    'broker "%s" is refused with the name of the variable and what to write',
    (entry) => {
      expect(() => parseBrokers(`good:9092,${entry}`)).toThrow(/KAFKA_BROKERS: .* write for example/);
    },
  );

  test('a Redis URL without a port means 6379', () => {
    expect(parseRedisUrl('rediss://u:p@h')).toEqual({ host: 'h', port: 6379 });
  });

  test.each(['h:6379', 'http://h:6379', 'redis://', 'nonsense'])('"%s" is no Redis URL', (text) => {
    expect(() => parseRedisUrl(text)).toThrow(/REDIS_URL: .* write for example/);
  });

  test('a refused Redis URL does not print its password', () => {
    expect(() => parseRedisUrl('http://u:hunter2@h')).toThrow(/^(?!.*hunter2).*$/s);
  });
});
