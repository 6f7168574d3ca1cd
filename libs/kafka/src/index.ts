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
} from './partition-task.js';
