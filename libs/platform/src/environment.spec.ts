import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEnvironment, type EnvironmentSpec } from './environment.js';
import { editDistance, nearestName } from './nearest-name.js';
import { flag, folder, list, oneOf, secret, text, url, wholeNumber } from './variables.js';

const THIS_FILE = fileURLToPath(import.meta.url);

const variables = {
  ROLLCAST_PREFIX: text('a prefix of topics').default('rollcast.'),
  ROLLCAST_DATA: text('a folder').default('.rollcast'),
  PORT: wholeNumber({ min: 0, max: 65_535 }).optional(),
  HEARTBEAT_MS: wholeNumber({ min: 1, max: 100_000, unit: 'milliseconds' }).default(3_000),
  SESSION_TIMEOUT_MS: wholeNumber({ min: 1, max: 100_000 }).default(30_000),
  PASSWORD: secret('the password').optional(),
  BROKERS: list(/^[^:]+:\d+$/, 'host:port, separated by commas').optional(),
  MODE: oneOf(['slow', 'fast']).default('fast'),
  VERBOSE: flag().default(false),
  CACHE_URL: url(['redis:', 'rediss:'], 'a URL like redis://host').optional(),
  MODELS: folder('a folder of models').optional(),
};
const spec: EnvironmentSpec<typeof variables, { topics: { prefix: string }; values: object }> = {
  variables,
  rules: (values, complain) => {
    if (values.HEARTBEAT_MS > values.SESSION_TIMEOUT_MS) {
      complain(
        'HEARTBEAT_MS',
        `${values.HEARTBEAT_MS} exceeds SESSION_TIMEOUT_MS ${values.SESSION_TIMEOUT_MS}`,
      );
    }
  },
  tree: (values) => ({ topics: { prefix: values.ROLLCAST_PREFIX }, values }),
  neighbours: ['ROLLCAST_WORKERS'],
};

/** The message of the refusal; fails if it was not refused. */
function problemOf(env: Record<string, string>): string {
  try {
    readEnvironment(spec, env);
  } catch (error) {
    expect(error).toMatchObject({ code: 'BAD_CONFIGURATION' });
    return (error as Error).message;
  }
  throw new Error('the environment was taken');
}

describe('the environment', () => {
  test('is one tree with its defaults', () => {
    const { topics, values } = readEnvironment(spec, { PORT: '0', BROKERS: 'a:1, b:2', VERBOSE: 'true' });
    expect(topics).toEqual({ prefix: 'rollcast.' });
    expect(values).toMatchObject({ PORT: 0, BROKERS: ['a:1', 'b:2'], VERBOSE: true, MODE: 'fast' });
  });

  test('cannot be changed, at any depth', () => {
    const { topics, values } = readEnvironment(spec, {});
    expect(() => (topics.prefix = 'x')).toThrow(TypeError);
    expect(Object.isFrozen(values)).toBe(true);
  });

  test.each([
    ['PORT', '70000', 'PORT: found "70000"; write a whole number from 0 to 65535'],
    ['PORT', '80x', 'PORT: found "80x"; write a whole number from 0 to 65535'],
    [
      'HEARTBEAT_MS',
      '1e3',
      'HEARTBEAT_MS: found "1e3"; write a whole number from 1 to 100000 (milliseconds)',
    ],
    ['MODE', 'quick', 'MODE: found "quick"; write one of slow, fast'],
    ['VERBOSE', 'yes', 'VERBOSE: found "yes"; write true or false'],
    ['BROKERS', 'kafka', 'BROKERS: found "kafka"; write host:port, separated by commas'],
    ['BROKERS', ',', 'BROKERS: found ","; write host:port, separated by commas'],
    ['MODELS', THIS_FILE, `MODELS: found "${THIS_FILE}"; write a folder of models`],
    ['MODELS', `${THIS_FILE}/x`, `MODELS: found "${THIS_FILE}/x"; write a folder of models`],
    ['HEARTBEAT_MS', '40000', 'HEARTBEAT_MS: 40000 exceeds SESSION_TIMEOUT_MS 30000'],
    ['ROLLCAST_PREFX', 'x', 'ROLLCAST_PREFX: no such variable; write ROLLCAST_PREFIX'],
    ['ROLLCAST_QUITE_DIFFERENT', 'x', 'ROLLCAST_QUITE_DIFFERENT: no such variable'],
  ])('%s=%s is refused: %s', (name, value, problem) => {
    expect(problemOf({ [name]: value })).toBe(problem);
  });

  test.each(['cache:6379', 'http://cache', 'redis://', 'redis://cache:port', 'redis://:p@ss@'])(
    'CACHE_URL=%s is refused, and not shown',
    (value) => {
      expect(problemOf({ CACHE_URL: value })).toBe(
        'CACHE_URL: found a value that is not shown; write a URL like redis://host',
      );
    },
  );

  test('a folder may be there or not yet', () => {
    const taken = { MODELS: `${dirname(THIS_FILE)}/none/of/them`, CACHE_URL: 'rediss://me:p%40ss@cache:1/2' };
    expect(readEnvironment(spec, taken).values).toMatchObject(taken);
    expect(readEnvironment(spec, { MODELS: '.' }).values).toMatchObject({ MODELS: '.' });
  });

  test('every problem is listed at once', () => {
    expect(problemOf({ PORT: 'x', MODE: 'x', ROLLCAST_X: 'x' }).split('\n')).toHaveLength(3);
  });

  test('an empty value counts as unset, and a missing one is named', () => {
    expect(readEnvironment(spec, { MODE: '' }).values).toMatchObject({ MODE: 'fast' });
    const wanted = { variables: { URL: text('the URL of Redis') }, tree: () => ({}) };
    expect(() => readEnvironment(wanted, { URL: '' })).toThrow('URL: not set; write the URL of Redis');
  });

  test('a name that belongs to a neighbour is no mistake', () => {
    expect(readEnvironment(spec, { ROLLCAST_WORKERS: '2' }).topics.prefix).toBe('rollcast.');
  });

  test('neither a refused secret nor the password of a refused URL is shown', () => {
    const secrets = {
      variables: {
        PASSWORD: secret('twelve letters').refine(() => false),
        URL: text('a URL').refine(() => false),
      },
      tree: () => ({}),
    };
    const env = { PASSWORD: 'hunter2', URL: 'redis://u:hunter2@h' };
    expect(() => readEnvironment(secrets, env)).toThrow(/^(?!.*hunter2).*$/s);
    expect(() => readEnvironment(secrets, env)).toThrow('redis://u:***@h');
  });
});

describe('the nearest name', () => {
  test.each([
    ['ROLLCAST_PREFX', 'ROLLCAST_PREFIX'],
    ['ROLLCAST_DATE', 'ROLLCAST_DATA'],
    ['X', undefined],
  ])('to %s is %s', (name, nearest) => {
    expect(nearestName(name, ['ROLLCAST_PREFIX', 'ROLLCAST_DATA'])).toBe(nearest);
  });

  test('the distance is a metric', () => {
    const word = fc.stringMatching(/^[a-c]{0,8}$/);
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});
