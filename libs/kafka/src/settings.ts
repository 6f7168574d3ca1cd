/** @file What a process must be told to reach Kafka: plain data, checked where the environment is read.
 *
 *  Law: TLS and SASL are passed through untouched; no default reaches another machine. */
import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';

/** User and password for the broker, by one of kafkajs' mechanisms. */
export type SaslSettings = Readonly<Extract<SASLOptions, { mechanism: (typeof SASL_MECHANISMS)[number] }>>;

/** Those that want a user and a password. */
export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** Everything needed to talk to a cluster. */
export interface KafkaSettings {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  /** Shows in the broker's logs and quotas. */
  readonly clientId: string;
  /** Put before the name of every topic, group and transactional id, so that two installations share a cluster. */
  readonly prefix?: string;
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: SaslSettings;
  /** Milliseconds until a connection attempt is given up; default 3,000. */
  readonly connectionTimeoutMs?: number;
}
