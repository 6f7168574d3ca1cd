/** @file The one registry of errors: code, what it says, what the loop must do with it, HTTP status.
 *
 *  Law: every error that a person or a log can see carries a code of this list, and no code is ever reused with
 *  another meaning. `docs/errors.md` holds exactly the same codes (a test compares them both ways). */

/** What whoever catches the error must do.
 *  - `dead-letter`: the input is bad; put it aside with its reason and go on.
 *  - `retry`: something outside is away (broker, Redis) or was taken back; wait with back-off and go on.
 *  - `release`: the partition belongs to somebody else now; let go of it.
 *  - `refuse`: what a person asked for cannot be done; say why.
 *  - `crash`: our bug or a lost log; stop loudly. */
export type Fate = 'dead-letter' | 'retry' | 'release' | 'refuse' | 'crash';

interface ErrorEntry {
  readonly message: string;
  readonly fate: Fate;
  /** HTTP status of a request that ends so; left out for dead letters: the HTTP door names them item by item. */
  readonly status?: number;
}

/** `{name}` in a message is filled from the error's details. */
export const ERRORS = {
  // A reading that cannot be used: each goes to `readings.dead` with its original bytes.
  NOT_JSON: { message: 'the value is not JSON: {problem}', fate: 'dead-letter' },
  WRONG_TYPE: { message: '{field}: {problem}', fate: 'dead-letter' },
  UNKNOWN_STREAM: { message: 'no stream "{stream}" is defined', fate: 'dead-letter' },
  UNKNOWN_CHANNEL: {
    message: 'no channel of this reading is defined in stream "{stream}": {channels}',
    fate: 'dead-letter',
  },
  NOT_FINITE: { message: 'channel "{channel}": {value} is not a finite number', fate: 'dead-letter' },
  OUT_OF_RANGE: {
    message: 'channel "{channel}": {value} is outside its plausible range {min} to {max}',
    fate: 'dead-letter',
  },
  ABSURD_TIME: {
    message: 'time {time} is more than {maxAhead} ahead of the record that carries it ({recordTime})',
    fate: 'dead-letter',
  },
  TOO_LARGE: { message: 'the value has {bytes} bytes, more than {limit}', fate: 'dead-letter' },
  TOO_DENSE: {
    message:
      'at {time} the open steps of this series would hold more than {limit} bytes: send fewer readings a step, or define a shorter frequency',
    fate: 'dead-letter',
  },
  LATE: { message: 'time {time} lies in a step that is closed (watermark {watermark})', fate: 'dead-letter' },
  STREAM_GONE: {
    message:
      'stream "{stream}" was deleted, or defined with another grid, before the step of this reading closed',
    fate: 'dead-letter',
  },
  POISON: { message: 'our code failed on this record: {problem}', fate: 'dead-letter' },

  // What people ask for. What the web framework refuses (no such path, no JSON, too long) is INVALID_REQUEST with the
  // framework's own status.
  INVALID_REQUEST: { message: '{problem}', fate: 'refuse', status: 400 },
  NOT_JSON_BODY: {
    message: 'the body is said to be {found}: send JSON with the header `content-type: application/json`',
    fate: 'refuse',
    status: 415,
  },
  INVALID_DEFINITION: {
    message: 'the definition of stream "{stream}" is refused: {problem}',
    fate: 'refuse',
    status: 400,
  },
  DEFINITION_CONFLICT: {
    message: 'stream "{stream}" exists and its {fields} cannot change: use a new name',
    fate: 'refuse',
    status: 409,
  },
  NO_SUCH_STREAM: { message: 'no stream "{stream}"', fate: 'refuse', status: 404 },
  NO_SUCH_SERIES: {
    message: 'no forecast of series "{series}" of stream "{stream}" yet',
    fate: 'refuse',
    status: 404,
  },
  NO_SUCH_JOB: { message: 'no training job "{job}" of stream "{stream}"', fate: 'refuse', status: 404 },
  NO_SUCH_VERSION: {
    message: 'no model version "{version}" of stream "{stream}"',
    fate: 'refuse',
    status: 404,
  },
  INSUFFICIENT_HISTORY: {
    message: 'stream "{stream}" cannot be trained on yet: {problem}',
    fate: 'refuse',
    status: 409,
  },
  TRAINING_CANCELLED: { message: 'the training was cancelled: {reason}', fate: 'refuse', status: 409 },
  BAD_CSV: { message: '{file}, line {line}, column {column}: {problem}', fate: 'refuse', status: 400 },
  BAD_CONFIGURATION: { message: '{problem}', fate: 'refuse', status: 500 },
  FOREIGN_REQUEST: { message: 'refused: {problem}', fate: 'refuse', status: 403 },

  // A model version that cannot serve.
  VERSION_REFUSED: {
    message: 'model version "{version}" of stream "{stream}" is refused: {problem}',
    fate: 'refuse',
    status: 409,
  },
  VERSION_WITHDRAWN: {
    message: 'model version "{version}" of stream "{stream}" is taken out of service: {problem}',
    fate: 'retry',
    status: 503,
  },
  ARTIFACT_BROKEN: { message: 'artifact {artifact}: {problem}', fate: 'refuse', status: 500 },

  // The world around us.
  BROKER_UNAVAILABLE: { message: 'Kafka does not answer: {problem}', fate: 'retry', status: 503 },
  REDIS_UNAVAILABLE: { message: 'Redis does not answer: {problem}', fate: 'retry', status: 503 },
  STORE_UNAVAILABLE: {
    message: 'the model store does not answer ({artifact}): {problem}',
    fate: 'retry',
    status: 503,
  },
  SERVICE_UNAVAILABLE: {
    message: 'the service {service} does not answer: {problem}',
    fate: 'retry',
    status: 503,
  },
  TOPIC_MISSING: {
    message: 'topic "{topic}" is missing or different ({problem}): run `rollcast topics --apply`',
    fate: 'retry',
    status: 503,
  },
  TOO_MANY_LISTENERS: {
    message: '{limit} readers listen to forecasts already: end one, or ask another predictor',
    fate: 'refuse',
    status: 503,
  },
  FENCED: { message: 'partition {partition} belongs to another process now', fate: 'release', status: 503 },
  RELEASED: { message: 'partition {partition} was given up', fate: 'release', status: 503 },
  CHANGELOG_LOST: {
    message: 'changelog {topic}, partition {partition} is empty but the group has worked here before',
    fate: 'crash',
    status: 500,
  },
  RETENTION_GAP: {
    message: '{topic}, partition {partition}: offset {from} is needed and the log begins at {low}',
    fate: 'crash',
    status: 500,
  },
  INPUT_LOST: {
    message: '{topic}, partition {partition}: worked up to offset {from}, but the log ends at {end}',
    fate: 'crash',
    status: 500,
  },
  PARTITIONS_CHANGED: {
    message: '{topic} has {found} partitions, and had {before} when the states of its series were written',
    fate: 'crash',
    status: 500,
  },
  INTERNAL: { message: 'our bug: {problem}', fate: 'crash', status: 500 },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** Status of a dead letter that ends a request all the same. */
const BAD_INPUT = 400;

/** Every error that leaves a module of ours.
 *  @example throw new RollcastError('NO_SUCH_STREAM', { stream }) */
export class RollcastError extends Error {
  readonly code: ErrorCode;
  readonly fate: Fate;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    const entry: ErrorEntry = ERRORS[code];
    super(fillTemplate(entry.message, details), cause === undefined ? undefined : { cause });
    this.name = 'RollcastError';
    this.code = code;
    this.fate = entry.fate;
    this.status = entry.status ?? BAD_INPUT;
    this.details = details;
  }
}

/** Is the input bad, so that it is put aside and the work goes on? */
export function isDeadLetter(error: unknown): error is RollcastError {
  return error instanceof RollcastError && error.fate === 'dead-letter';
}

/** One line about anything thrown, for messages and headers. */
export function describeError(error: unknown): string {
  if (error instanceof RollcastError) return `${error.code}: ${error.message}`;
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  try {
    return String(error);
  } catch {
    // Not everything that can be thrown has a text: an object without a prototype, one whose `toString` is no function.
    return Object.prototype.toString.call(error);
  }
}

function fillTemplate(message: string, details: Readonly<Record<string, unknown>>): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = details[name];
    if (value === undefined) return whole;
    return typeof value === 'string'
      ? value
      : JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v));
  });
}
