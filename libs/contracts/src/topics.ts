/** @file The one table of topics: partitions, retention, who writes, who reads, which schema.
 *
 *  Law: every topic of the system is here, has a writer and a reader, and a schema unless its values are its writer's
 *  own (a changelog) or foreign bytes (a dead letter). Services never create topics;
 *  `rollcast topics --apply`, `up`, `demo` and the tests create them from this table. */
import type { z } from 'zod';
import { Evaluation } from './evaluation.js';
import { Forecast } from './forecast.js';
import { Frame } from './frame.js';
import { ModelRecord } from './model-version.js';
import { Reading } from './reading.js';
import { StreamDefinition } from './stream-definition.js';
import { durationMs } from './duration.js';
import type { ServiceName } from './routes.js';

type Party = ServiceName | 'people';

export interface TopicSpec {
  readonly name: string;
  /** `pipeline`: the common partition count, a series' home partition; 1: read whole by every instance. */
  readonly partitions: 'pipeline' | 1;
  readonly writers: readonly Party[];
  readonly readers: readonly Party[];
  /** Of the value; null: opaque to everyone but its writer (a changelog), or foreign bytes (a dead letter). */
  readonly schema: z.ZodType | null;
  readonly configs: Readonly<Record<string, string>>;
}

/** Event time is in the payload; the broker stamps its own: it never refuses a time, and retention goes by it. */
const ours = { 'message.timestamp.type': 'LogAppendTime' };
const kept = (retention: string) => ({
  ...ours,
  'cleanup.policy': 'delete',
  'retention.ms': String(durationMs(retention)),
});
const compacted = { ...ours, 'cleanup.policy': 'compact' };
/** Numbers as text shrink to a third; gzip is the codec that every Kafka client has built in. Our producers compress
 *  themselves; what others send by another codec, or none, the broker changes. */
const compressed = { 'compression.type': 'gzip' };

const TABLE = [
  {
    name: 'readings',
    partitions: 'pipeline',
    writers: ['people', 'ingest'],
    readers: ['ingest'],
    schema: Reading,
    configs: { ...kept('7d'), ...compressed },
  },
  {
    name: 'readings.dead',
    partitions: 'pipeline',
    writers: ['ingest'],
    readers: ['people'],
    schema: null,
    configs: kept('30d'),
  },
  {
    name: 'frames',
    partitions: 'pipeline',
    writers: ['ingest'],
    readers: ['predictor', 'trainer'],
    schema: Frame,
    configs: { ...kept('730d'), ...compressed },
  },
  {
    name: 'frames.dead',
    partitions: 'pipeline',
    writers: ['predictor'],
    readers: ['people'],
    schema: null,
    configs: kept('30d'),
  },
  {
    name: 'forecasts',
    partitions: 'pipeline',
    writers: ['predictor'],
    readers: ['people', 'predictor'],
    schema: Forecast,
    configs: { ...kept('30d'), ...compressed },
  },
  {
    name: 'evaluations',
    partitions: 'pipeline',
    writers: ['predictor'],
    readers: ['people'],
    schema: Evaluation,
    configs: { ...kept('730d'), ...compressed },
  },
  {
    name: 'streams',
    partitions: 1,
    writers: ['ingest'],
    readers: ['ingest', 'trainer', 'predictor'],
    schema: StreamDefinition,
    configs: compacted,
  },
  {
    name: 'models',
    partitions: 1,
    writers: ['trainer', 'predictor'],
    readers: ['trainer', 'predictor'],
    schema: ModelRecord,
    configs: compacted,
  },
  {
    name: 'ingest.state',
    partitions: 'pipeline',
    writers: ['ingest'],
    readers: ['ingest'],
    schema: null,
    configs: compacted,
  },
  {
    name: 'predictor.state',
    partitions: 'pipeline',
    writers: ['predictor'],
    readers: ['predictor'],
    schema: null,
    configs: compacted,
  },
] as const satisfies readonly TopicSpec[];

export type TopicName = (typeof TABLE)[number]['name'];
export const TOPICS: readonly (TopicSpec & { readonly name: TopicName })[] = TABLE;
