/** @file Where a Kafka or a Redis comes from, and how that is said.
 *
 *  Law: what a person configured wins; then a container runtime that answers, if a container can be what is asked for;
 *  then servers of this machine. The run always says which, and no password is ever part of what it says. */
import { RollcastError } from '#contracts';
import { hidePasswords } from '#platform';

/** - `configured`: named by an environment variable; never stopped by us.
 *  - `container`: started for this run in a container runtime.
 *  - `local`: started for this run as processes of this machine. */
export type ServerSource = 'configured' | 'container' | 'local';

/** What a person may want of servers that are started here. */
export interface ServerWishes {
  /** Ports of the broker; free ones by default. */
  readonly kafka?: { readonly port?: number; readonly controllerPort?: number };
  /** Port of Redis; a free one by default. */
  readonly redis?: { readonly port?: number };
  /** Keeps the data in this folder; by default it lives in the run's folder and dies with it. */
  readonly persistent?: string;
}

/** Picks the source of one server.
 *  @param configured the environment variable's value
 *  @param only `local` overrides everything: a test that kills its server must own it
 *  @param containerRuntime asked only if it matters */
export async function chooseSource(
  configured: string | undefined,
  only: 'local' | undefined,
  containerRuntime: () => Promise<boolean>,
): Promise<ServerSource> {
  if (only === 'local') return 'local';
  if (configured !== undefined && configured.trim() !== '') return 'configured';
  return (await containerRuntime()) ? 'container' : 'local';
}

/** Whether containers of a run can be what is asked for: they have random ports and their data dies with them. */
export function containersWouldDo({ kafka, redis, persistent }: ServerWishes): boolean {
  const fixed = [kafka?.port, kafka?.controllerPort, redis?.port, persistent];
  return fixed.every((wish) => wish === undefined);
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The brokers of KAFKA_BROKERS: `host:port`, separated by commas; IPv6 in brackets.
 *  @throws RollcastError BAD_CONFIGURATION with the entry that cannot be read */
export function parseBrokers(list: string): Address[] {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.map((entry) => {
    const [, host, digits] = /^(\[[0-9a-fA-F:]+\]|[^\s:@/]+):(\d{1,5})$/.exec(entry) ?? [];
    const port = Number(digits);
    if (host === undefined || port < 1 || port > 65_535) {
      throw new RollcastError('BAD_CONFIGURATION', {
        problem: `KAFKA_BROKERS: "${hidePasswords(entry)}" is not host:port; write for example kafka-1:9092,kafka-2:9092`,
      });
    }
    return { host: host.replace(/^\[|\]$/g, ''), port };
  });
}

/** Host and port of REDIS_URL.
 *  @throws RollcastError BAD_CONFIGURATION when it is no redis:// or rediss:// URL */
export function parseRedisUrl(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    throw new RollcastError('BAD_CONFIGURATION', {
      problem: `REDIS_URL: "${hidePasswords(text)}" is not a Redis URL; write for example redis://:password@host:6379`,
    });
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 6_379 : Number(url.port) };
}
