/** @file What the service predictor reads from its environment. */
import {
  KAFKA_VARIABLES,
  kafkaRules,
  type KafkaSettings,
  kafkaSettings,
  ROLLCAST_VARIABLES,
  RUNNER_VARIABLES,
} from '#kafka';
import { type EnvironmentSpec, folder } from '#platform';

const VARIABLES = {
  ...KAFKA_VARIABLES,
  ...RUNNER_VARIABLES,
  ROLLCAST_MODEL_STORE: folder('the folder of model versions, which trainers and predictors share'),
};

export interface PredictorConfiguration {
  readonly kafka: KafkaSettings;
  readonly sessionTimeoutMs: number;
  readonly modelStore: string;
}

export const PREDICTOR_ENVIRONMENT: EnvironmentSpec<typeof VARIABLES, PredictorConfiguration> = {
  variables: VARIABLES,
  rules: kafkaRules,
  neighbours: ROLLCAST_VARIABLES,
  tree: (values) => ({
    kafka: kafkaSettings(values, 'rollcast-predictor'),
    sessionTimeoutMs: values.KAFKA_SESSION_TIMEOUT_MS,
    modelStore: values.ROLLCAST_MODEL_STORE,
  }),
};
