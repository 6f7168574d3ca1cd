/** @file The table at the end of the demo, and of a backtest: its shape here, its numbers from the engine. */
import type { ReportRow } from '#engine';
import { count, error, percent } from './figures.js';
import { renderTable } from './table.js';

/** @param width characters in a line */
export function scoreTable(rows: readonly Omit<ReportRow, 'truths'>[], width: number): string[] {
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
