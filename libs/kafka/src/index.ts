export { KafkaAdmin, type GroupView, type PartitionBounds, type PartitionLag } from './admin.js';
export { KafkaClient } from './client.js';
export { CompactedTable, type TableOptions } from './compacted-table.js';
export { CUT_HEADER, deadLetter, foreignHeaders } from './dead-letter.js';
export { DefinitionReader, type DefinitionSource } from './definition-reader.js';
export { definitionTable, type DefinitionTable } from './definition-table.js';
export { existingDefinition } from './existing-definition.js';
export { homePartition, murmur2 } from './home-partition.js';
export {
  KAFKA_VARIABLES,
  kafkaRules,
  kafkaSettings,
  type KafkaVariables,
  ROLLCAST_VARIABLES,
} from './kafka-variables.js';
export { silentLogger, type KafkaLogger } from './kafka-logger.js';
export { readModelRecord } from './model-records.js';
export type { BatchLimits, CommittedBatch } from './partition-process.js';
export { PartitionRunner, type PartitionView, type RunnerOptions } from './partition-runner.js';
export type {
  InputRecord,
  OffsetSpan,
  OpenPartition,
  OutputRecord,
  PartitionTask,
  RestoredPartition,
  SpanReader,
  StateChange,
  TaskOutput,
  WrittenSpan,
} from './partition-task.js';
export { RecordProducer, type RecordSink, type SendOptions } from './producer.js';
export { type BytesTable, RecordTable } from './record-table.js';
export type { RunnerView } from './runner-health.js';
export {
  DEFINITIONS,
  RUNNER_VARIABLES,
  runnerIndication,
  type ServedRunnerOptions,
  serveDefinitions,
  type ServedDefinitions,
  serveProducer,
  serveRunner,
  serveTable,
} from './runner-service.js';
export type { KafkaSettings, SaslSettings } from './settings.js';
export {
  applyTopics,
  deleteTopics,
  type TopicDifference,
  type TopicPlan,
  type TopicsReport,
} from './topics.js';
export { TopicFollower, type FollowOptions } from './topic-follower.js';
export { TopicReader, type TopicRange } from './topic-reader.js';
