import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RollcastError } from '#contracts';
import { classify, isOutage } from './classify.js';

const kafkaError = (name: string, fields: object = {}) =>
  Object.assign(new Error('it says so'), { name }, fields);

describe('classify', () => {
  test.each([
    [
      'a fenced producer',
      kafkaError('KafkaJSProtocolError', { type: 'INVALID_PRODUCER_EPOCH', code: 47 }),
      'FENCED',
    ],
    [
      'a fence by the number that kafkajs has no name for',
      kafkaError('KafkaJSProtocolError', { code: 90 }),
      'FENCED',
    ],
    [
      'a missing topic',
      kafkaError('KafkaJSProtocolError', { type: 'UNKNOWN_TOPIC_OR_PARTITION' }),
      'TOPIC_MISSING',
    ],
    [
      'a record batch too large',
      kafkaError('KafkaJSProtocolError', { type: 'MESSAGE_TOO_LARGE' }),
      'TOO_LARGE',
    ],
    [
      'a coordinator that loads',
      kafkaError('KafkaJSProtocolError', { type: 'GROUP_LOAD_IN_PROGRESS' }),
      'BROKER_UNAVAILABLE',
    ],
    ['a closed connection', kafkaError('KafkaJSConnectionClosedError'), 'BROKER_UNAVAILABLE'],
    [
      'a refused connection',
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      'BROKER_UNAVAILABLE',
    ],
    ['our own bug', new TypeError('x is not a function'), 'INTERNAL'],
    ['a thrown text', 'oops', 'INTERNAL'],
    ['nothing at all', undefined, 'INTERNAL'],
  ])('%s', (_name, error, code) => {
    expect(classify(error).code).toBe(code);
  });

  test('the broker answer counts, however deep kafkajs has wrapped it', () => {
    const answer = kafkaError('KafkaJSProtocolError', { type: 'INVALID_PRODUCER_EPOCH' });
    const wrapped = kafkaError('KafkaJSNonRetriableError', {
      originalError: kafkaError('KafkaJSNumberOfRetriesExceeded', { cause: answer }),
    });
    expect(classify(wrapped, { partition: 3 })).toMatchObject({ code: 'FENCED', fate: 'release' });
    expect(classify(wrapped, { partition: 3 }).message).toContain('partition 3');
  });

  test('a TypeError thrown inside kafkajs is an outage, for that is how its dead connections show', () => {
    const inside = new TypeError("Cannot read properties of undefined (reading 'connectionPool')");
    inside.stack =
      'TypeError: ...\n    at refreshMetadata (/app/node_modules/kafkajs/src/cluster/brokerPool.js:130:11)';
    expect(classify(inside).code).toBe('BROKER_UNAVAILABLE');
    expect(isOutage(inside)).toBe(true);
  });

  test.each([
    ['at once', (slip: Error) => slip],
    [
      'wrapped by kafkajs',
      (slip: Error) => kafkaError('KafkaJSNonRetriableError', { cause: slip, stack: slip.stack }),
    ],
  ])('our own slip in a callback of kafkajs is our bug and never waited out: %s', (_name, thrown) => {
    const slip = new TypeError("Cannot read properties of undefined (reading 'warn')");
    slip.stack = [
      `TypeError: ${slip.message}`,
      '    at Array.forEach (<anonymous>)',
      '    at logTo (/app/libs/kafka/src/kafka-logger.js:20:5)',
      '    at Logger.warn (/app/node_modules/kafkajs/src/loggers/index.js:60:11)',
    ].join('\n');
    expect(classify(thrown(slip))).toMatchObject({ code: 'INTERNAL', fate: 'crash' });
  });

  test('our own errors come back as they are, also from inside a wrapper', () => {
    const ours = new RollcastError('RETENTION_GAP', { topic: 't' });
    expect(classify(ours)).toBe(ours);
    expect(classify(kafkaError('KafkaJSNonRetriableError', { cause: ours }))).toBe(ours);
  });

  test('it is total: anything thrown has a code and a fate, cycles included', () => {
    const cycle: { cause?: unknown } = {};
    cycle.cause = cycle;
    expect(classify(cycle).fate).toBe('crash');
    for (const textless of [Object.create(null), { toString: '' }])
      expect(classify(textless)).toMatchObject({
        code: 'INTERNAL',
        message: expect.stringContaining('[object Object]') as string,
      });
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        expect(['retry', 'release', 'crash', 'dead-letter', 'refuse']).toContain(classify(thrown).fate);
      }),
    );
  });
});
