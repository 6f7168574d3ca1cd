/** @file Starts a service: environment, logger, Nest on Fastify, HTTP, orderly end. A `main.ts` is one call of this.
 *
 *  Law: HTTP is bound to 127.0.0.1 unless HOST says otherwise; port 0 takes a free one; where it listens is in the
 *  log and, for a parent with an IPC channel, in the message `{ listening: url }`. A service that cannot start says
 *  why in one line and exits with 1. */
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RollcastError } from '#contracts';
import { AnsweringAdapter } from './answering-adapter.js';
import {
  readEnvironment,
  type EnvironmentSource,
  type EnvironmentSpec,
  type Variables,
} from './environment.js';
import { ErrorFilter } from './error-filter.js';
import { refuseForeignRequests } from './foreign-requests.js';
import { Health } from './health.js';
import { requireJsonBodies } from './json-bodies.js';
import { LOG_LEVELS, NestLog, createLogger, type LogLevel, type Logger } from './logging.js';
import { Metrics } from './metrics.js';
import { PlatformModule } from './platform.module.js';
import { Shutdown, type EndingProcess } from './shutdown.js';
import { oneOf, text, wholeNumber } from './variables.js';

export interface ServiceOptions<V extends Variables = Variables, Tree = unknown> {
  /** In every log line and metric. */
  readonly name: string;
  /** Where it listens unless PORT says otherwise. */
  readonly port: number;
  /** The service's own variables; without one, CONFIGURATION is an empty tree. */
  readonly environment?: EnvironmentSpec<V, Tree>;
  /** Largest request body in bytes; 1 MiB by default. */
  readonly bodyLimitBytes?: number;
}

/** The process that a service runs in; a test gives its own. */
export interface StartParts {
  readonly env: EnvironmentSource;
  readonly endingProcess: EndingProcess;
  /** Takes log lines; stdout by default. */
  readonly write?: (line: string) => void;
}

export interface RunningService {
  /** `http://host:port` */
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly logger: Logger;
  readonly shutdown: Shutdown;
}

/** Variables that every service has. */
const PLATFORM_VARIABLES = {
  HOST: text('the address to listen on, for example 0.0.0.0').default('127.0.0.1'),
  PORT: wholeNumber({ min: 0, max: 65_535 }).optional(),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
};

/** Starts a service in this process, for the rest of its life. */
export async function start<V extends Variables, Tree>(
  module: Type,
  options: ServiceOptions<V, Tree>,
): Promise<void> {
  try {
    const { logger } = await startService(module, options, { env: process.env, endingProcess: process });
    endOnUncaught(logger);
  } catch (error) {
    // Too early for a log that somebody configured: a person reads this.
    const refused = error instanceof RollcastError && error.fate === 'refuse';
    const why = refused ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${options.name} cannot start: ${why}\n`);
    process.exit(1);
  }
}

/** The same with surroundings that are given in.
 *  @throws RollcastError BAD_CONFIGURATION; whatever a provider of the module throws while it starts */
export async function startService<V extends Variables, Tree>(
  module: Type,
  options: ServiceOptions<V, Tree>,
  { env, endingProcess, write }: StartParts,
): Promise<RunningService> {
  const { host, port: wantedPort, logLevel, own } = readEverything(options.environment, env);
  const logger = createLogger({
    name: options.name,
    level: logLevel,
    ...(write === undefined ? {} : { write, pretty: false }),
  });
  const health = new Health();
  const metrics = new Metrics(options.name);
  const shutdown = new Shutdown(health, logger, endingProcess);
  // Added first, so stopped last: health answers while everything else drains.
  const http: { app?: NestFastifyApplication } = {};
  shutdown.add('http', () => http.app?.close());
  // Before anything is started: a signal in the middle of the start ends it in order as well.
  shutdown.listen();

  const app = await NestFactory.create<NestFastifyApplication>(
    {
      module: class Root {},
      imports: [PlatformModule.of({ logger, health, metrics, shutdown }, own), module],
    },
    new AnsweringAdapter(
      {
        // Event streams stay open for ever: at the end they are cut, or closing would wait for them.
        forceCloseConnections: true,
        bodyLimit: options.bodyLimitBytes ?? 1024 * 1024,
      },
      logger,
    ),
    { logger: new NestLog(logger), abortOnError: false },
  );
  http.app = app;
  app.useGlobalFilters(new ErrorFilter(logger));
  const server = app.getHttpAdapter().getInstance();
  refuseForeignRequests(server, host);
  requireJsonBodies(server);
  await listen(app, wantedPort ?? options.port, host);

  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  logger.info(`${options.name} listens on ${url}`);
  endingProcess.send?.({ listening: url });
  return { url, app, logger, shutdown };
}

/** @throws RollcastError BAD_CONFIGURATION when the address is taken or not ours; HTTP is then closed again */
async function listen(app: NestFastifyApplication, port: number, host: string): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw badAddress(`PORT: ${port} is taken on ${host}; write another, or 0 for a free one`);
    if (code === 'EACCES') throw badAddress(`PORT: ${port} needs more rights; write one above 1023`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw badAddress(`HOST: ${host} is no address of this machine; write 127.0.0.1 or 0.0.0.0`);
    }
    throw error;
  }
}

function badAddress(problem: string): RollcastError {
  return new RollcastError('BAD_CONFIGURATION', { problem });
}

interface GeneralSettings {
  readonly host: string;
  readonly port: number | undefined;
  readonly logLevel: LogLevel;
}

/** One reading of the environment for the platform's variables and the service's, so that all problems come at once. */
function readEverything<V extends Variables, Tree>(
  spec: EnvironmentSpec<V, Tree> | undefined,
  env: EnvironmentSource,
): GeneralSettings & { readonly own: unknown } {
  // Read as one: the platform's names stand beside the service's, and each side takes what it declared.
  const both: EnvironmentSpec<V & typeof PLATFORM_VARIABLES, GeneralSettings & { readonly own: unknown }> = {
    ...(spec as EnvironmentSpec<V & typeof PLATFORM_VARIABLES, unknown> | undefined),
    variables: { ...spec?.variables, ...PLATFORM_VARIABLES } as V & typeof PLATFORM_VARIABLES,
    tree: (values) => ({
      host: values.HOST,
      port: values.PORT,
      logLevel: values.LOG_LEVEL,
      own: spec?.tree(values) ?? {},
    }),
  };
  return readEnvironment(both, env);
}

/** An error that nobody caught leaves an unknown state: it is logged, and the process ends. */
function endOnUncaught(logger: Logger): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      logger.fatal(`${event}: ending`, { error });
      process.exit(1);
    });
  }
}
