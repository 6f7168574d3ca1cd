/** @file What the service ingest reads from its environment. */
import {
  KAFKA_VARIABLES,
  kafkaRules,
  type KafkaSettings,
  kafkaSettings,
  ROLLCAST_VARIABLES,
  RUNNER_VARIABLES,
} from '#kafka';
import type { EnvironmentSpec } from '#platform';

const VARIABLES = { ...KAFKA_VARIABLES, ...RUNNER_VARIABLES };

export interface IngestConfiguration {
  readonly kafka: KafkaSettings;
  readonly sessionTimeoutMs: number;
}

export const INGEST_ENVIRONMENT: EnvironmentSpec<typeof VARIABLES, IngestConfiguration> = {
  variables: VARIABLES,
  rules: kafkaRules,
  neighbours: ROLLCAST_VARIABLES,
  tree: (values) => ({
    kafka: kafkaSettings(values, 'rollcast-ingest'),
    sessionTimeoutMs: values.KAFKA_SESSION_TIMEOUT_MS,
  }),
};
