import { describe, expect, test } from 'vitest';
import { NestLog, createLogger, type LogLevel } from './logging.js';
import { prettyLine } from './pretty-line.js';
import { hidePasswordsInLine } from './secrets.js';

function capture(level: LogLevel = 'debug', pretty = false) {
  const lines: string[] = [];
  const logger = createLogger({ name: 'service', level, pretty, write: (line) => lines.push(line) });
  return { logger, lines, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('a log line', () => {
  test("is JSON with the service, the message and the fields, a child's included", () => {
    const { logger, entries } = capture();
    logger.child({ partition: 3 }).info('hello', { lag: 7 });
    expect(entries()).toEqual([
      expect.objectContaining({ name: 'service', msg: 'hello', partition: 3, lag: 7, level: 30 }),
    ]);
  });

  test('keeps the stack and the cause of an error', () => {
    const { logger, lines } = capture();
    logger.error('failed', { error: new Error('outer', { cause: new Error('inner') }) });
    expect(lines[0]).toContain('outer');
    expect(lines[0]).toContain('inner');
    expect(lines[0]).toContain('logging.spec.ts');
  });

  test('below the level is not written', () => {
    const { logger, lines } = capture('warn');
    logger.info('no');
    logger.warn('yes');
    expect(lines).toHaveLength(1);
  });

  test('never holds a secret, wherever it stands', () => {
    const { logger, lines } = capture();
    logger.info('to redis://u:hunter2@h:1', {
      password: 'hunter2',
      kafka: { sasl: { password: 'hunter2', username: 'u' } },
      headers: { authorization: 'Bearer hunter2' },
      urls: ['rediss://:hunter2@h', 'http://h/?token=hunter2'],
      error: new Error('cannot reach redis://u:hunter2@h'),
    });
    expect(lines[0]).not.toContain('hunter2');
    expect(lines[0]).toContain('redis://u:***@h:1');
    expect(lines[0]).toContain('"username":"u"');
  });

  test('without a password is not changed by hiding passwords', () => {
    const line = '{"url":"http://127.0.0.1:3001/x?stream=a","mail":"a@b","at":"12:00:01 @ 5"}';
    expect(hidePasswordsInLine(line)).toBe(line);
  });
});

describe('for a terminal', () => {
  test('an entry is one line with time, level, service, message and fields', () => {
    const { logger, lines } = capture('debug', true);
    logger.warn('two\nlines', { partition: 3, stream: 'weather' });
    expect(lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} WARN service: two lines partition=3 stream=weather\n$/),
    ]);
  });

  test('an error shows its stack below', () => {
    const { logger, lines } = capture('debug', true);
    logger.error('failed', { error: new Error('why') });
    expect(lines[0]).toMatch(/ERROR service: failed\nError: why\n\s+at /);
  });

  test.each(['no JSON', '1', 'null', '{"x":1}'])('%s passes as it is', (line) => {
    expect(prettyLine(line)).toBe(`${line}\n`);
  });
});

test("Nest's own lines keep their source; its start-up chatter, and what is thrown as well, is debug", () => {
  const { logger, entries } = capture();
  const nest = new NestLog(logger);
  nest.log('mapped', 'RouterExplorer');
  nest.error('broken', 'Error: stack', 'NestApplication');
  nest.error(new Error('thrown too'), 'ExceptionHandler');
  expect(entries()).toEqual([
    expect.objectContaining({ level: 20, msg: 'mapped', from: 'RouterExplorer' }),
    expect.objectContaining({ level: 50, msg: 'broken', from: 'NestApplication', stack: 'Error: stack' }),
    expect.objectContaining({ level: 20, from: 'ExceptionHandler' }),
  ]);
});
