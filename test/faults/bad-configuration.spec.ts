/** @file Bad configuration, given to the real processes: each refuses to start, with code 1 and one line a problem that
 *  names the variable and what to write instead. No stack, no password. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceName } from '#contracts';
import { inheritedEnvironment, Processes, scriptOf, type ServiceProcess } from '../worlds/processes.js';

const PASSWORD = 'hunter2';
const A_FILE = fileURLToPath(import.meta.url);
/** Nothing listens there: all of this is refused before anybody is asked. */
const NOWHERE = '127.0.0.1:1';
const ALL: readonly ServiceName[] = ['ingest', 'trainer', 'predictor'];

/** What each service needs to start. */
const SOUND: Readonly<Record<ServiceName, Readonly<Record<string, string>>>> = {
  ingest: { KAFKA_BROKERS: NOWHERE },
  trainer: { KAFKA_BROKERS: NOWHERE, REDIS_URL: `redis://${NOWHERE}`, ROLLCAST_MODEL_STORE: 'models' },
  predictor: { KAFKA_BROKERS: NOWHERE, ROLLCAST_MODEL_STORE: 'models' },
};

interface Wrong {
  readonly variable: string;
  readonly value: string;
  readonly says: RegExp;
  readonly readBy: readonly ServiceName[];
}

/** Refused together. */
const WRONG: readonly Wrong[] = [
  {
    variable: 'KAFKA_BROKERS',
    value: `me:${PASSWORD}@kafka`,
    says: /found "me:\*\*\*@kafka"; write host:port of each broker, with commas/,
    readBy: ALL,
  },
  { variable: 'KAFKA_SSL', value: 'yes', says: /found "yes"; write true or false/, readBy: ALL },
  {
    variable: 'KAFKA_SASL_MECHANISM',
    value: 'gssapi',
    says: /found "gssapi"; write one of plain, scram-sha-256/,
    readBy: ALL,
  },
  {
    variable: 'KAFKA_SESSION_TIMEOUT_MS',
    value: 'soon',
    says: /found "soon"; write a whole number from 1000 to 300000 \(milliseconds\)/,
    readBy: ['ingest', 'predictor'],
  },
  { variable: 'ROLLCAST_PREFIX', value: 'a b', says: /found "a b"; write letters, digits/, readBy: ALL },
  { variable: 'ROLLCAST_PREFX', value: 'x', says: /no such variable; write ROLLCAST_PREFIX/, readBy: ALL },
  {
    variable: 'REDIS_URL',
    value: `redis://me:${PASSWORD}@cache:port`,
    says: /found a value that is not shown; write a URL like redis:\/\/user:password@host:6379/,
    readBy: ['trainer'],
  },
  {
    variable: 'ROLLCAST_MODEL_STORE',
    value: A_FILE,
    says: /found ".*bad-configuration\.spec\.ts"; write the folder of model versions/,
    readBy: ['trainer', 'predictor'],
  },
  {
    variable: 'ROLLCAST_EXECUTOR',
    value: 'gpu',
    says: /found "gpu"; write one of auto, compiled/,
    readBy: ['trainer'],
  },
  {
    variable: 'ROLLCAST_TRAINING_LOCK_MS',
    value: '5',
    says: /found "5"; write a whole number from 1000 to 600000 \(milliseconds\)/,
    readBy: ['trainer'],
  },
  {
    variable: 'PORT',
    value: '70000',
    says: /found "70000"; write a whole number from 0 to 65535/,
    readBy: ALL,
  },
  { variable: 'LOG_LEVEL', value: 'loud', says: /found "loud"; write one of trace, debug/, readBy: ALL },
];

/** For a Node that is not to find the native TensorFlow.js, also where it is installed and works. */
const NOT_FOUND = `export async function resolve(name, context, next) {
  if (name === "@tensorflow/tfjs-node-gpu") throw new Error("it is not there");
  return next(name, context);
}`;
const REGISTER = `import { register } from 'node:module'; register('${dataUrl(NOT_FOUND)}');`;
const WITHOUT_TENSORFLOW = `--import=${dataUrl(REGISTER)}`;

function dataUrl(script: string): string {
  return `data:text/javascript,${encodeURIComponent(script)}`;
}

const processes = new Processes({});
let taken: ReturnType<typeof createServer>;
beforeAll(async () => {
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
});
afterAll(async () => {
  await processes.end();
  taken.close();
});

/** @returns its code and what it has said, by the variable that each line names */
async function endOf(service: ServiceProcess): Promise<{ code: number | null; lines: string[] }> {
  const code = await service.ended;
  expect(service.log).not.toContain(PASSWORD);
  expect(service.log).not.toMatch(/^\s+at /m);
  return { code, lines: service.log.trimEnd().split('\n') };
}

describe.each(ALL)('%s refuses to start', (name) => {
  const wrong = WRONG.filter(({ readBy }) => readBy.includes(name));
  describe('with everything wrong at once', () => {
    let end: { code: number | null; lines: string[] };
    beforeAll(async () => {
      end = await endOf(
        processes.start(name, Object.fromEntries(wrong.map((one) => [one.variable, one.value]))),
      );
    });

    test('with code 1, a line a variable, and nothing else', () => {
      expect(end.code).toBe(1);
      expect(end.lines).toHaveLength(wrong.length);
    });

    test.each(wrong)('$variable=$value: it says what to write', ({ variable, says }) => {
      expect(end.lines.find((line) => line.includes(`${variable}: `))).toMatch(says);
    });
  });

  test('without what it needs', async () => {
    const { code, lines } = await endOf(processes.start(name));
    expect(code).toBe(1);
    expect(lines).toEqual(
      Object.keys(SOUND[name]).map(
        (variable) => expect.stringMatching(new RegExp(`${variable}: not set; write \\S+`)) as string,
      ),
    );
  });
});

describe('refused once each variable alone is right', () => {
  const port = () => String((taken.address() as AddressInfo).port);

  test.each<readonly [string, ServiceName, () => Record<string, string>, RegExp]>([
    [
      'a password without a user',
      'trainer',
      () => ({ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: PASSWORD }),
      /KAFKA_SASL_USERNAME: write it too: mechanism, user and password come together/,
    ],
    [
      'a foreign address',
      'predictor',
      () => ({ HOST: '203.0.113.1' }),
      /HOST: 203\.0\.113\.1 is no address of this machine; write 127\.0\.0\.1 or 0\.0\.0\.0/,
    ],
    [
      'an executor that this machine has not',
      'trainer',
      () => ({ ROLLCAST_EXECUTOR: 'tensorflow', NODE_OPTIONS: WITHOUT_TENSORFLOW }),
      /ROLLCAST_EXECUTOR: .*tensorflow.* cannot be used: .*it is not there.*; write auto/,
    ],
    ['a port that is taken', 'ingest', () => ({ PORT: port() }), /PORT: \d+ is taken on .*; write another/],
  ])('%s (%s)', async (_, name, environment, says) => {
    const { code, lines } = await endOf(processes.start(name, { ...SOUND[name], ...environment() }));
    expect(code).toBe(1);
    expect(lines.filter((line) => says.test(line))).toHaveLength(1);
  });
});

describe.each(['up', 'demo'])('rollcast %s begins nothing', (command) => {
  test.each([
    ['KAFKA_BROKERS', `me:${PASSWORD}@kafka`, /found "me:\*\*\*@kafka"; write host:port of each broker/],
    ['REDIS_URL', `http://:${PASSWORD}@cache`, /found a value that is not shown; write a URL like redis:/],
    ['ROLLCAST_PREFX', 'x', /no such variable; write ROLLCAST_PREFIX/],
  ])('with %s=%s: code 1 and what to write', (variable, value, says) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [scriptOf('cli'), command], {
      encoding: 'utf8',
      env: { ...inheritedEnvironment(), [variable]: value },
      timeout: 60_000,
    });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(says)]);
    expect(stderr).toContain(`rollcast: ${variable}: `);
    expect(stderr).not.toContain(PASSWORD);
  });
});
