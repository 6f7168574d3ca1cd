/** @file One call that gives a real Kafka and a real Redis, says where each comes from, and leaves nothing behind.
 *
 *  Law: when it resolves both answer; when `stop` resolves everything it started is gone, and its data too unless a
 *  data folder was named. What a person configured is never started, stopped or killed here. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { RollcastError } from '#contracts';
import { hidePasswords } from '#platform';
import { cacheFolder } from './cache-folder.js';
import {
  KAFKA_IMAGE,
  REDIS_IMAGE,
  containerRuntimeAnswers,
  startKafkaContainer,
  startRedisContainer,
  type StartedContainer,
} from './containers.js';
import { onProcessEnd } from './exit-hooks.js';
import { bringForLocal, startLocalKafka, startLocalRedis, type LocalServer } from './local-server.js';
import { listens } from './probes.js';
import { RunRecord, endCrashedRuns } from './run-record.js';
import {
  chooseSource,
  containersWouldDo,
  parseBrokers,
  parseRedisUrl,
  type ServerSource,
  type ServerWishes,
} from './source.js';

export interface StartServersOptions extends ServerWishes {
  /** `local`: own processes whatever is configured, so that they may be killed and restarted. */
  readonly only?: 'local';
  /** `exit` (default): SIGINT, SIGTERM and SIGHUP end this process and its servers. `leave`: the caller handles
   *  signals and calls `stop`; the servers still end when the process exits. */
  readonly signals?: 'exit' | 'leave';
  /** One line about everything that takes time or changes the machine. */
  readonly onProgress?: (line: string) => void;
  /** Told, with what it said last, when a local server that answered ends by itself; `onProgress` by default. */
  readonly onDied?: (sentence: string) => void;
  /** Read for KAFKA_BROKERS, REDIS_URL and XDG_CACHE_HOME; process.env by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface KafkaServer {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly source: ServerSource;
  /** One line for people, without passwords. */
  readonly describe: string;
}

export interface RedisServer {
  /** As a client takes it, with its password. */
  readonly url: string;
  readonly source: ServerSource;
  /** One line for people, without passwords. */
  readonly describe: string;
}

export interface Servers {
  readonly kafka: KafkaServer;
  readonly redis: RedisServer;
  /** Ends what was started here; safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL to the local broker; resolves when it is gone.
   *  @throws RollcastError INVALID_REQUEST unless the broker is local */
  killKafka(): Promise<void>;
  /** Starts the local broker again on the same ports and data; resolves when it answers. */
  restartKafka(): Promise<void>;
  /** SIGSTOP to the local broker: it keeps its connections and answers nothing, as one does whose machine hangs.
   *  @throws RollcastError INVALID_REQUEST unless the broker is local */
  freezeKafka(): void;
  /** SIGCONT: the local broker goes on where it was frozen. */
  thawKafka(): void;
  /** SIGKILL to the local Redis; resolves when it is gone. */
  killRedis(): Promise<void>;
  /** Starts the local Redis again on the same port and data; resolves when it answers. */
  restartRedis(): Promise<void>;
}

/** What was started here and must be ended again; nothing for a configured server. */
interface Started<T> {
  readonly server: T;
  readonly local?: LocalServer;
  readonly container?: StartedContainer;
}

/** A kept data folder gets a clean end; other data dies anyway. */
const GRACE_MS = 20_000;

/** Finds or starts a Kafka and a Redis.
 *  @throws RollcastError BAD_CONFIGURATION naming the variable or the package that is wrong or missing */
export async function startServers(options: StartServersOptions = {}): Promise<Servers> {
  const say = options.onProgress ?? (() => undefined);
  const env = options.env ?? process.env;
  const cache = cacheFolder(env);
  for (const line of endCrashedRuns(cache)) say(line);

  // Asked once for both, and only if something is not configured.
  let answer: Promise<boolean> | undefined;
  const containers = async (): Promise<boolean> =>
    containersWouldDo(options) && (answer ??= containerRuntimeAnswers());
  const kafkaSource = await chooseSource(env['KAFKA_BROKERS'], options.only, containers);
  const redisSource = await chooseSource(env['REDIS_URL'], options.only, containers);

  const record = RunRecord.begin(cache);
  const takeBack = onProcessEnd(() => record.end(), options.signals ?? 'exit');
  const dataFolder = options.persistent === undefined ? record.folder : resolve(options.persistent);
  const kept = options.persistent === undefined ? 'for this run' : `data kept in ${dataFolder}`;
  const place = { cache, record, dataFolder, say, onDied: options.onDied ?? say };
  const begun: (Started<unknown> | undefined)[] = [];

  const stop = async (): Promise<void> => {
    const graceful = options.persistent !== undefined;
    await Promise.all(
      begun.map(async (started) => {
        await (graceful ? started?.local?.process.stop(GRACE_MS) : started?.local?.process.kill());
        await started?.container?.stop();
      }),
    );
    record.end();
    takeBack();
  };

  try {
    mkdirSync(dataFolder, { recursive: true });
    await bringForLocal({ kafka: kafkaSource === 'local', redis: redisSource === 'local' }, place);
    // Redis first: it is quick, and a port that is taken is then known before the long part.
    const redis = await startRedis(
      redisSource,
      env['REDIS_URL'] ?? '',
      () => startLocalRedis(place, options.redis),
      kept,
    );
    begun.push(redis);
    say(redis.server.describe);
    const kafka = await startKafka(
      kafkaSource,
      env['KAFKA_BROKERS'] ?? '',
      () => startLocalKafka(place, options.kafka),
      kept,
    );
    begun.push(kafka);
    say(kafka.server.describe);
    return {
      kafka: kafka.server,
      redis: redis.server,
      stop,
      killKafka: async () => own(kafka.local, 'Kafka').process.kill(),
      restartKafka: async () => own(kafka.local, 'Kafka').process.restart(),
      freezeKafka: () => own(kafka.local, 'Kafka').process.freeze(),
      thawKafka: () => own(kafka.local, 'Kafka').process.thaw(),
      killRedis: async () => own(redis.local, 'Redis').process.kill(),
      restartRedis: async () => own(redis.local, 'Redis').process.restart(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startKafka(
  source: ServerSource,
  configured: string,
  local: () => Promise<LocalServer>,
  kept: string,
): Promise<Started<KafkaServer>> {
  switch (source) {
    case 'configured': {
      const addresses = parseBrokers(configured);
      const reachable = await Promise.all(addresses.map(({ host, port }) => listens(host, port)));
      if (!reachable.includes(true)) throw unreachable('KAFKA_BROKERS', configured, 'BROKER_UNAVAILABLE');
      const brokers = configured
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '');
      return { server: { brokers, source, describe: `Kafka: ${brokers.join(', ')} (from KAFKA_BROKERS)` } };
    }
    case 'container': {
      const container = await startKafkaContainer();
      const broker = `${container.host}:${container.port}`;
      const describe = `Kafka: ${broker} (container ${KAFKA_IMAGE}, for this run)`;
      return { server: { brokers: [broker], source, describe }, container };
    }
    case 'local': {
      const started = await local();
      const broker = `${started.host}:${started.port}`;
      const describe = `Kafka: ${broker} (local server, Apache Kafka ${started.version}, ${kept})`;
      return { server: { brokers: [broker], source, describe }, local: started };
    }
  }
}

async function startRedis(
  source: ServerSource,
  configured: string,
  local: () => Promise<LocalServer>,
  kept: string,
): Promise<Started<RedisServer>> {
  switch (source) {
    case 'configured': {
      const { host, port } = parseRedisUrl(configured);
      if (!(await listens(host, port))) throw unreachable('REDIS_URL', configured, 'REDIS_UNAVAILABLE');
      const describe = `Redis: ${hidePasswords(configured)} (from REDIS_URL)`;
      return { server: { url: configured, source, describe } };
    }
    case 'container': {
      const container = await startRedisContainer();
      const url = `redis://${container.host}:${container.port}`;
      return {
        server: { url, source, describe: `Redis: ${url} (container ${REDIS_IMAGE}, for this run)` },
        container,
      };
    }
    case 'local': {
      const started = await local();
      const url = `redis://${started.host}:${started.port}`;
      const describe = `Redis: ${url} (local server, Redis ${started.version}, ${kept})`;
      return { server: { url, source, describe }, local: started };
    }
  }
}

function unreachable(
  variable: string,
  value: string,
  code: 'BROKER_UNAVAILABLE' | 'REDIS_UNAVAILABLE',
): RollcastError {
  return new RollcastError(code, {
    problem: `${variable} is ${hidePasswords(value)} and nothing listens there; start it, or unset ${variable} to get a server for this run`,
  });
}

function own(local: LocalServer | undefined, name: string): LocalServer {
  if (local !== undefined) return local;
  throw new RollcastError('INVALID_REQUEST', {
    problem: `${name} was not started here as a local process, so it is not ours to kill: ask with only: 'local'`,
  });
}
