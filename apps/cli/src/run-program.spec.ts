import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { projectFile } from '#local';
import { RollcastError } from '#contracts';
import { CommandFailed, Interrupted } from './failures.js';
import { buildProgram } from './program.js';
import { exitCodeOf, runProgram } from './run-program.js';
import { recordedContext } from './testing/recorded-console.js';

async function rollcast(...args: string[]) {
  const context = recordedContext();
  const code = await runProgram(args, context);
  const { printed, said } = context.console;
  return { code, printed: printed.join('\n'), said: said.join('\n') };
}

const names = buildProgram(recordedContext()).commands.map((command) => command.name());

describe('help', () => {
  test('lists the commands, on stdout, with exit code 0', async () => {
    const { code, printed, said } = await rollcast('--help');
    expect(code).toBe(0);
    expect(said).toBe('');
    for (const name of names) expect(printed).toContain(`\n  ${name}`);
  });

  test.each(names)('of %s fits eighty columns and ends with an example that names it', async (name) => {
    const { code, printed } = await rollcast(name, '--help');
    expect(code).toBe(0);
    // An example is to be copied: it is never wrapped.
    const [help = '', example = ''] = printed.split('\nExample:\n');
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(example).toMatch(new RegExp(`^  \\$ .*rollcast ${name}\\b`));
  });

  test('of replay says every option', async () => {
    expect((await rollcast('replay', '--help')).printed).toMatchSnapshot();
  });

  test('of demo says every option', async () => {
    expect((await rollcast('demo', '--help')).printed).toMatchSnapshot();
  });
});

test('the version is that of package.json', async () => {
  const { version } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as { version: string };
  expect((await rollcast('--version')).printed).toBe(version);
});

describe('what is not understood ends with 2 and says what to write', () => {
  test.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['replay'], /missing required argument 'file'/],
    [['replay', 'x.csv', '--speed', 'fast'], /a number above 0/],
    [['replay', 'x.csv', '--quick'], /unknown option '--quick'/],
    [['train', 'no/stream'], /letters, digits/],
    [['topics', '--partitions', '0'], /whole number from 1 to 10000/],
    [['demo', '--data', 'cats'], /Allowed choices are weather, motes/],
    [['stream', 'put', 'x'], /missing required argument 'file'/],
  ])('%j', async (args, message) => {
    const { code, printed, said } = await rollcast(...args);
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(said).toMatch(message);
    expect(said).toContain('--help');
  });
});

test.each([
  [new CommandFailed('no'), 1, 'rollcast: no'],
  [new RollcastError('INVALID_REQUEST', { problem: 'the file is empty' }), 1, 'rollcast: the file is empty'],
  [new Interrupted('SIGINT'), 130, ''],
  [new Interrupted('SIGTERM'), 143, ''],
  [new CommanderError(0, 'commander.version', ''), 0, ''],
  [new CommanderError(1, 'commander.unknownOption', 'said already'), 2, ''],
])('%s ends with %i', (error, code, message) => {
  const said: string[] = [];
  expect(exitCodeOf(error, (line) => said.push(line))).toBe(code);
  expect(said.join()).toBe(message);
});

test('a bug is shown with its stack', () => {
  const said: string[] = [];
  expect(exitCodeOf(new TypeError('x is not a function'), (line) => said.push(line))).toBe(1);
  expect(said.join()).toMatch(/our bug[^]*TypeError: x is not a function[^]* at /);
});

describe('a file that cannot be read is said in words, before anybody is asked', () => {
  test.each([
    [
      ['replay', 'nowhere.csv', '--url', 'http://127.0.0.1:1'],
      'cannot read nowhere.csv: there is no such file',
    ],
    [['backtest', 'nowhere.csv'], 'cannot read nowhere.csv: there is no such file'],
    [['backtest', tmpdir()], `cannot read ${tmpdir()}: it is a folder`],
    [['stream', 'put', 'x', 'nowhere.json'], 'cannot read nowhere.json: there is no such file'],
  ])('%j', async (args, message) => {
    const { code, said } = await rollcast(...args);
    expect({ code, said }).toEqual({ code: 1, said: `rollcast: ${message}` });
  });
});

test('a folder that cannot take the result of a demo is refused before anything starts', async () => {
  const { code, said } = await rollcast('demo', '--json', '/no/such/r.json');
  expect(code).toBe(1);
  expect(said).toBe('rollcast: --json: there is no folder /no/such, or you may not write there');
});

test('a broker that does not answer is said with its address and the variable', async () => {
  const context = recordedContext({ KAFKA_BROKERS: '127.0.0.1:1' });
  expect(await runProgram(['topics'], context)).toBe(1);
  const said = context.console.said.join('\n');
  expect(said).toMatch(/^rollcast: no Kafka answers at 127.0.0.1:1 \(.*ECONNREFUSED.*\).* KAFKA_BROKERS$/);
  expect(said).not.toContain('KafkaJS');
});

test('nobody answering is said with the way out', async () => {
  const { code, said } = await rollcast('stream', 'list', '--url', 'http://127.0.0.1:1');
  expect(code).toBe(1);
  expect(said).toMatch(/no Rollcast answers at http:\/\/127.0.0.1:1 .*rollcast up/);
});
