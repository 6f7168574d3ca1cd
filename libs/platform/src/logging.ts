/** @file Structured logs: JSON lines, or single readable lines when a person watches a terminal.
 *
 *  Law: message first, then fields; an error goes under `error` and keeps its stack. Secrets are taken out twice: by
 *  the names of fields, and wherever a URL with a password stands in the finished line. */
import type { LoggerService } from '@nestjs/common';
import { pino, stdSerializers, stdTimeFunctions, type Logger as Pino } from 'pino';
import { prettyLine } from './pretty-line.js';
import { REDACTED_PATHS, hidePasswordsInLine } from './secrets.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  /** Stands in every line: the service. */
  readonly name: string;
  readonly level?: LogLevel;
  /** Takes finished lines; stdout by default. */
  readonly write?: (line: string) => void;
  /** Readable lines instead of JSON; by default when stdout is a terminal. */
  readonly pretty?: boolean;
}

/** What every part of a service logs with. */
export class Logger {
  readonly #pino: Pino;

  constructor(pinoLogger: Pino) {
    this.#pino = pinoLogger;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#pino.debug(forPino(fields), message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#pino.info(forPino(fields), message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#pino.warn(forPino(fields), message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#pino.error(forPino(fields), message);
  }

  fatal(message: string, fields: LogFields = {}): void {
    this.#pino.fatal(forPino(fields), message);
  }

  /** A logger whose every line also has these fields. */
  child(fields: LogFields): Logger {
    return new Logger(this.#pino.child(fields));
  }
}

/** Makes the logger of a process. */
export function createLogger(options: LoggerOptions): Logger {
  const { name, level = 'info', pretty = process.stdout.isTTY } = options;
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  const destination = {
    write: (line: string) =>
      write(pretty ? prettyLine(hidePasswordsInLine(line)) : hidePasswordsInLine(line)),
  };
  return new Logger(
    pino(
      {
        name,
        level,
        timestamp: stdTimeFunctions.epochTime,
        redact: { paths: REDACTED_PATHS, censor: '***' },
        serializers: { err: stdSerializers.err },
      },
      destination,
    ),
  );
}

/** Nest's own lines through ours. Its start-up chatter is for those who look for it: `debug`. */
export class NestLog implements LoggerService {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#logger.debug(asText(message), from(rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#logger.debug(asText(message), from(rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#logger.debug(asText(message), from(rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#logger.warn(asText(message), from(rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    // Thrown as well: whoever started the service says it, in a line (`start.ts`).
    if (rest.at(-1) === 'ExceptionHandler') return this.debug(message, ...rest);
    this.#logger.error(asText(message), from(rest));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#logger.fatal(asText(message), from(rest));
  }
}

function forPino({ error, ...fields }: LogFields): LogFields {
  return error === undefined
    ? fields
    : { ...fields, ...(error instanceof Error ? { err: error } : { error }) };
}

function asText(message: unknown): string {
  if (typeof message === 'string') return message;
  return message instanceof Error
    ? (message.stack ?? message.message)
    : (JSON.stringify(message) ?? String(message));
}

/** Nest puts the part that speaks last, and a stack before it. */
function from(rest: readonly unknown[]): LogFields {
  const context = rest.at(-1);
  const stack = rest.length > 1 ? rest[0] : undefined;
  return {
    ...(typeof context === 'string' ? { from: context } : {}),
    ...(typeof stack === 'string' ? { stack } : {}),
  };
}
