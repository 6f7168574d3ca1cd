/** @file What the service trainer reads from its environment. */
import { KAFKA_VARIABLES, kafkaRules, type KafkaSettings, kafkaSettings, ROLLCAST_VARIABLES } from '#kafka';
import { type EnvironmentSpec, folder, oneOf, url, wholeNumber } from '#platform';
import { EXECUTOR_WISHES, type ExecutorWish } from '#compute';

/** Where BullMQ's own clients look when nobody tells them otherwise. */
const QUEUE_PREFIX = 'bull';

const VARIABLES = {
  ...KAFKA_VARIABLES,
  REDIS_URL: url(['redis:', 'rediss:'], 'a URL like redis://user:password@host:6379, or rediss:// for TLS'),
  ROLLCAST_MODEL_STORE: folder('the folder of model versions, which trainers and predictors share'),
  ROLLCAST_EXECUTOR: oneOf(EXECUTOR_WISHES).default('auto'),
  ROLLCAST_TRAINING_LOCK_MS: wholeNumber({ min: 1_000, max: 600_000, unit: 'milliseconds' }).default(30_000),
};

export interface TrainerConfiguration {
  readonly kafka: KafkaSettings;
  readonly redisUrl: string;
  /** Before every key in Redis. */
  readonly queuePrefix: string;
  readonly modelStore: string;
  readonly executor: ExecutorWish;
  /** How long a worker that fell silent keeps its job before another one takes it. */
  readonly lockMs: number;
}

export const TRAINER_ENVIRONMENT: EnvironmentSpec<typeof VARIABLES, TrainerConfiguration> = {
  variables: VARIABLES,
  rules: kafkaRules,
  neighbours: ROLLCAST_VARIABLES,
  tree: (values) => ({
    kafka: kafkaSettings(values, 'rollcast-trainer'),
    redisUrl: values.REDIS_URL,
    queuePrefix: values.ROLLCAST_PREFIX === '' ? QUEUE_PREFIX : values.ROLLCAST_PREFIX,
    modelStore: values.ROLLCAST_MODEL_STORE,
    executor: values.ROLLCAST_EXECUTOR,
    lockMs: values.ROLLCAST_TRAINING_LOCK_MS,
  }),
};
