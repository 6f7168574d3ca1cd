/** @file What a person says of a CSV file; everything left out is found in it. */
import type { StreamDefinitionInput } from '#contracts';

/** Columns are said by name. */
export interface CsvHints {
  readonly stream: string;
  readonly time?: string;
  readonly series?: readonly string[];
  readonly channels?: readonly string[];
  /** Time between rows of a series, where no column says the time; else the frequency. */
  readonly interval?: string;
  /** IANA zone of times without an offset; default UTC. */
  readonly tz?: string;
  /** Fields of the definition that are not guessed: horizon, lookback, retraining, ... */
  readonly definition?: Omit<Partial<StreamDefinitionInput>, 'stream' | 'channels'>;
}
