/** @file The Kafka and the Redis of a command, watched as its services are.
 *
 *  Law: a server that we started and that ends by itself aborts `signal` with what it said last; what was started is
 *  in `closing`. */
import { type Servers, startServers, type StartServersOptions } from '#local';
import { unlessAborted } from '#platform';
import type { Closing } from '../closing.js';
import type { Context } from '../context.js';
import { CommandFailed } from '../failures.js';

export interface WatchedServers {
  readonly servers: Servers;
  /** Aborted by Ctrl-C, or when a server dies; the reason is an error to throw. */
  readonly signal: AbortSignal;
}

/** @throws the signal's reason; BAD_CONFIGURATION as `startServers` */
export async function startWatchedServers(
  { console, env, signal }: Context,
  closing: Closing,
  wishes: Pick<StartServersOptions, 'kafka' | 'redis' | 'persistent'> = {},
): Promise<WatchedServers> {
  const died = new AbortController();
  const starting = startServers({
    ...wishes,
    signals: 'leave',
    onProgress: console.say,
    onDied: (sentence) => died.abort(new CommandFailed(sentence)),
    env,
  });
  const servers = await unlessAborted(starting, signal);
  closing.add('the servers', () => servers.stop());
  return { servers, signal: AbortSignal.any([signal, died.signal]) };
}
