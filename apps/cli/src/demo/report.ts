/** @file The table at the end of the demo, and of a backtest: its shape here, its numbers from the engine. */
import type { ModelsView, StreamDefinition, TrainingJobView } from '#contracts';
import type { Differences, ServedReport } from '#engine';
import type { KafkaClient } from '#kafka';
import { count, error, percent } from '../terminal/figures.js';
import { renderTable } from '../terminal/table.js';

export interface ReportRow {
  /** A kind of model, or `as served`. */
  readonly name: string;
  readonly mae: number;
  readonly mse: number;
  /** 1 - MAE / MAE of seasonal naive; null: seasonal naive has no truth in common. */
  readonly skill: number | null;
  /** Share of truths inside the 90 % interval. */
  readonly coverage: number;
  readonly origins: number;
}

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

/** @param width characters in a line */
export function reportTable(rows: readonly ReportRow[], width: number): string[] {
  const columns = [
    { title: 'model' },
    { title: 'MAE', align: 'right' },
    { title: 'MSE', align: 'right' },
    { title: 'skill', align: 'right' },
    { title: 'in 90 %', align: 'right' },
    { title: 'origins', align: 'right' },
  ] as const;
  const lines = rows.map(({ name, mae, mse, skill, coverage, origins }) => [
    name,
    error(mae),
    error(mse),
    percent(skill),
    percent(coverage),
    count(origins),
  ]);
  return renderTable(columns, lines, width);
}
