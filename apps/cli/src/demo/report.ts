/** @file What the demo reports at its end, and what it is made from. */
import type { ModelsView, StreamDefinition, TrainingJobView } from '#contracts';
import type { Differences, ReportRow, ServedReport } from '#engine';
import type { KafkaClient } from '#kafka';

export interface Report {
  readonly rows: readonly ReportRow[];
  /** From what stands in `forecasts`. */
  readonly served: ReportRow;
  readonly differences: Differences;
  readonly judged: ServedReport['judged'];
  /** A sentence each: what a reader must know about the rows. */
  readonly notes: readonly string[];
  /** Why what was served is not what the loop makes; null: it is. */
  readonly problem: string | null;
}

export interface ReportRequest {
  readonly client: KafkaClient;
  readonly definition: StreamDefinition;
  /** Folder of the artifacts. */
  readonly modelStore: string;
  /** The training that divides the year. */
  readonly job: TrainingJobView;
  readonly models: ModelsView;
  readonly onProgress: (share: number | null, note: string) => void;
  readonly signal: AbortSignal;
}
