export { KafkaAdmin } from './admin.js';
export { KafkaClient } from './client.js';
export { CompactedTable } from './compacted-table.js';
export { CUT_HEADER, deadLetter, foreignHeaders } from './dead-letter.js';
export { DefinitionReader, type DefinitionSource } from './definition-reader.js';
export { type DefinitionTable } from './definition-table.js';
export { existingDefinition, newestDefinitions } from './existing-definition.js';
export { homePartition } from './home-partition.js';
export { KAFKA_VARIABLES, kafkaRules, kafkaSettings, ROLLCAST_VARIABLES } from './kafka-variables.js';
export { silentLogger, type KafkaLogger } from './kafka-logger.js';
export { readModelRecord } from './model-records.js';
export type { CommittedBatch } from './partition-process.js';
export { PartitionRunner } from './partition-runner.js';
export type {
  InputRecord,
  OpenPartition,
  OutputRecord,
  PartitionTask,
  RestoredPartition,
  SpanReader,
  StateChange,
  TaskOutput,
  WrittenSpan,
} from './partition-task.js';
export { RecordProducer, type RecordSink } from './producer.js';
export { writeThrough } from './write-through.js';
export { type BytesTable, RecordTable } from './record-table.js';
export {
  DEFINITIONS,
  RUNNER_VARIABLES,
  serveDefinitions,
  type ServedDefinitions,
  serveFollower,
  serveProducer,
  serveRunner,
  serveTable,
} from './runner-service.js';
export type { KafkaSettings } from './settings.js';
export { applyTopics, deleteTopics, type TopicDifference, type TopicPlan } from './topics.js';
export { TopicFollower } from './topic-follower.js';
export { TopicReader, type TopicRange } from './topic-reader.js';
