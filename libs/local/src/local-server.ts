/** @file The two servers as processes of this machine: which command, which folder, which ports.
 *
 *  Law: ports that nobody fixed are free ones, and losing the race for one means trying others; fixed ports are taken
 *  as they are. Ports and data stay the same from the first start to the last restart. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installKafka, prepareStorage } from './kafka-installation.js';
import { LOG_SETTINGS, javaOptions, serverProperties } from './kafka-settings.js';
import { bring, findJava, findRedis, stillMissing } from './packages.js';
import { freePorts } from './ports.js';
import { kafkaAnswers, redisAnswers } from './probes.js';
import type { RunRecord } from './run-record.js';
import { ServerProcess } from './server-process.js';
import { serverPrograms } from './survey.js';

const HOST = '127.0.0.1';
const PORT_ATTEMPTS = 3;
/** A busy machine needs several times the usual 6 s. */
const KAFKA_READY_MS = 120_000;
const REDIS_READY_MS = 30_000;

export interface LocalPlace {
  readonly cache: string;
  readonly record: RunRecord;
  /** Holds the folders `kafka` and `redis`; the run's own folder unless data is to be kept. */
  readonly dataFolder: string;
  readonly say: (line: string) => void;
  /** Told when a server that answered ends by itself. */
  readonly onDied: (sentence: string) => void;
}

export interface LocalServer {
  readonly process: ServerProcess;
  readonly host: string;
  readonly port: number;
  /** Of the server itself, and what runs it. */
  readonly version: string;
}

/** Brings everything that the wanted local servers need and this machine lacks, all in one go.
 *  @throws RollcastError BAD_CONFIGURATION naming all of it, where it cannot be installed */
export async function bringForLocal(
  wanted: { readonly kafka: boolean; readonly redis: boolean },
  { cache, say }: Pick<LocalPlace, 'cache' | 'say'>,
): Promise<void> {
  const needed = (await serverPrograms(cache)).filter(({ server }) => wanted[server]);
  bring(
    needed.filter(({ version }) => version === null).map(({ need }) => need),
    say,
  );
}

/** Starts one Apache Kafka node.
 *  @throws RollcastError BAD_CONFIGURATION with what is missing, or with the end of the broker's log */
export async function startLocalKafka(
  place: LocalPlace,
  fixed: { readonly port?: number; readonly controllerPort?: number } = {},
): Promise<LocalServer> {
  const java = await findJava();
  if (java === undefined) throw stillMissing('java');
  const installation = await installKafka(place.cache, java.command, place.say);
  const dataFolder = join(place.dataFolder, 'kafka');
  prepareStorage(installation, dataFolder);
  const settingsFile = join(place.record.folder, 'server.properties');
  const logSettingsFile = join(place.record.folder, 'log4j2.properties');
  writeFileSync(logSettingsFile, LOG_SETTINGS);

  return onFreePorts(fixed.port !== undefined && fixed.controllerPort !== undefined, async () => {
    const [free = 0, freeController = 0] = await freePorts(2);
    const { port = free, controllerPort = freeController } = fixed;
    writeFileSync(settingsFile, serverProperties({ port, controllerPort, dataFolder }));
    const process = new ServerProcess(
      {
        name: 'Kafka',
        command: java.command,
        args: [...javaOptions(logSettingsFile), '-cp', installation.classPath, 'kafka.Kafka', settingsFile],
        logFile: join(place.record.folder, 'kafka.log'),
        answers: () => kafkaAnswers(HOST, port),
        readyWithinMs: KAFKA_READY_MS,
      },
      place.record,
      place.onDied,
    );
    await process.start();
    return { process, host: HOST, port, version: `${installation.version}, Java ${java.version}` };
  });
}

/** Starts one Redis that keeps an append-only file and evicts nothing, as a job queue needs it.
 *  @throws RollcastError BAD_CONFIGURATION with what is missing, or with the end of its log */
export async function startLocalRedis(
  place: LocalPlace,
  fixed: { readonly port?: number } = {},
): Promise<LocalServer> {
  const redis = await findRedis();
  if (redis === undefined) throw stillMissing('redis');
  const dataFolder = join(place.dataFolder, 'redis');
  mkdirSync(dataFolder, { recursive: true });

  return onFreePorts(fixed.port !== undefined, async () => {
    const [free = 0] = await freePorts(1);
    const { port = free } = fixed;
    const settings: Record<string, string> = {
      port: String(port),
      bind: HOST,
      dir: dataFolder,
      appendonly: 'yes',
      save: '',
      'maxmemory-policy': 'noeviction',
    };
    const process = new ServerProcess(
      {
        name: 'Redis',
        command: redis.command,
        args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
        logFile: join(place.record.folder, 'redis.log'),
        answers: () => redisAnswers(HOST, port),
        readyWithinMs: REDIS_READY_MS,
      },
      place.record,
      place.onDied,
    );
    await process.start();
    return { process, host: HOST, port, version: redis.version };
  });
}

/** Tries again while a free port is taken by somebody else before the server binds it. */
async function onFreePorts<T>(allFixed: boolean, start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      const taken = error instanceof Error && /already in use/i.test(error.message);
      if (allFixed || !taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}
