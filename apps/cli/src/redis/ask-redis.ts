/** @file One question to a Redis in its own protocol (RESP), with the user, password and database of its URL, over
 *  TLS for rediss.
 *
 *  A client library would reconnect and queue; this wants one answer. Law: never waits longer than it was told. */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

const WITHIN_MS = 5_000;

/** @param answer its first group is what is wanted
 *  @throws Error with what Redis, or the network, says */
async function ask(
  url: string,
  words: readonly string[],
  answer: RegExp,
  withinMs = WITHIN_MS,
): Promise<string> {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const at = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 6_379 : Number(port) };
  const user = username === '' ? [] : [decodeURIComponent(username)];
  const database = pathname.slice(1);
  return new Promise((resolve, reject) => {
    const socket = protocol === 'rediss:' ? connectTls({ ...at, servername: at.host }) : connectTcp(at);
    const finish = (end: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      end();
    };
    const refuse = (problem: string) => finish(() => reject(new Error(problem)));
    const timer = setTimeout(() => refuse(`no answer in ${withinMs} ms`), withinMs);
    socket.once('error', (error: Error) => refuse(error.message));
    socket.once('close', () => refuse('the connection was closed'));
    if (password !== '') socket.write(command('AUTH', ...user, decodeURIComponent(password)));
    if (database !== '') socket.write(command('SELECT', database));
    socket.write(command(...words));
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('utf8');
      const found = answer.exec(received)?.[1];
      const refusal = /^-(.*)\r\n/m.exec(received)?.[1];
      if (found !== undefined) finish(() => resolve(found));
      else if (refusal !== undefined) refuse(refusal);
    });
  });
}

/** A command as an array of bulk strings. */
export function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** @returns the version, like 7.0.15 */
export function redisVersion(url: string): Promise<string> {
  return ask(url, ['INFO', 'server'], /^redis_version:(\S+)/m);
}

/** One piece: a script holds everybody up while it runs. It answers with the cursor of the next one, and how many keys
 *  it has deleted. */
const FORGET = `
  local found = redis.call('SCAN', ARGV[2], 'MATCH', ARGV[1], 'COUNT', 1000)
  local forgotten = 0
  for _, key in ipairs(found[2]) do forgotten = forgotten + redis.call('UNLINK', key) end
  return found[1] .. ' ' .. forgotten`;

/** Deletes every key that begins with the prefix, by pieces, so that a Redis with other work to do is not held up.
 *  @returns how many there were */
export async function forgetKeys(url: string, prefix: string): Promise<number> {
  if (!/^[A-Za-z0-9_.-]{8,}$/.test(prefix)) throw new RangeError(`"${prefix}" is no prefix to delete by`);
  let cursor = '0';
  let forgotten = 0;
  do {
    const said = await ask(url, ['EVAL', FORGET, '0', `${prefix}*`, cursor], /^(\d+ \d+)\r\n/m);
    const [next = '0', some] = said.split(' ');
    cursor = next;
    forgotten += Number(some);
  } while (cursor !== '0');
  return forgotten;
}
