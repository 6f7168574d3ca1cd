/** @file What was served, beside what every forecaster would have served: the table at the end of the demo.
 *
 *  Over the origins of the stretch in which the champion served, all forecasters go through the loop that serves, on the
 *  frames as they stand in the log; the baselines are fitted on what the training saw. Beside them the forecasts that
 *  were published, scored alike.
 *
 *  Law: where a version served, its row by the loop and its row as served are equal, forecast by forecast, to the byte,
 *  and what `evaluations` say of them is what forecasts and frames say; what is not so is in `differences` and in
 *  `judged`. */
import {
  COLD_START_VERSION,
  durationMs,
  type Evaluation,
  eventTimeMs,
  type Forecast,
  gridIndex,
  judgedLeads,
  type Score,
  seriesKey,
} from '#contracts';
import type { Executor } from '#compute';
import type { StoredArtifact } from '#model-store';
import { ForecastScorer } from './forecast-scorer.js';
import type { StreamHistory } from './history.js';
import { judge } from './judge.js';
import { type JudgedScore, JudgedTruths } from './judged-truths.js';
import { coldStart } from './cold-start.js';
import { loadCandidate, loadVersion } from './load-version.js';
import { type Differences, PublishedComparison } from './published-comparison.js';
import { fitBaselines } from './refit.js';
import { trainingSet } from './training-set.js';

export interface ServedReportRequest {
  /** Everything that stands in `frames`. */
  readonly history: StreamHistory;
  /** What the training saw of it. */
  readonly trainedOn: StreamHistory;
  /** The CMamba of that training, promoted or not. */
  readonly network: { readonly stored: StoredArtifact; readonly version: string };
  /** The version that serves now; null: the cold start. */
  readonly champion: { readonly stored: StoredArtifact; readonly version: string } | null;
  /** Event time of the first frame of a series that the champion served. */
  readonly servedFrom: (series: string) => number;
  /** Forecasts as they stand in the log, as text. */
  readonly published: AsyncIterable<string>;
  /** Evaluations as they stand in the log, as text. */
  readonly evaluations: AsyncIterable<string>;
  readonly seed: number;
  readonly executor: Executor;
  /** Told how much of which part is done, from 0 to 1 (null: nobody knows); waited for. */
  readonly onProgress?: (share: number | null, part: string) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface ReportRow extends Score {
  /** A kind, or `as served`. */
  readonly name: string;
  readonly origins: number;
}

export interface ServedReport {
  readonly rows: readonly ReportRow[];
  readonly asServed: ReportRow;
  /** The version of the row that `as served` must equal. */
  readonly champion: string;
  /** Between the published forecasts and those that the loop makes with the champion. */
  readonly differences: Differences;
  /** At the judged leads. */
  readonly judged: {
    readonly byEvaluations: JudgedScore;
    readonly byForecasts: JudgedScore;
  };
}

/** Computes the table.
 *  @throws the signal's reason when it is aborted */
export async function servedReport(request: ServedReportRequest): Promise<ServedReport> {
  const { history, network, champion, executor, seed, servedFrom, signal } = request;
  const { definition } = history;
  const tell = async (share: number | null, part: string) => {
    await request.onProgress?.(share, part);
    signal?.throwIfAborted();
  };
  await tell(null, 'fitting the baselines');
  const set = trainingSet(request.trainedOn);
  const cold = coldStart(definition);
  const { drafts } = fitBaselines({ ranges: [], seed }, set);
  const uncalibrated = [];
  for (const draft of drafts) uncalibrated.push(await loadCandidate(draft, definition, executor));
  // Where their calibration begins: as a version's does, from the held-back slice of the training.
  const heldBack = await judge({
    history: request.trainedOn,
    scales: set.scales,
    models: uncalibrated,
    coldStart: cold,
    calibrateFrom: () => set.splits.validation,
    judgeFrom: () => set.splits.heldBack,
    onProgress: (share) => tell(share, 'the slice that the training held back'),
  });
  const baselines = heldBack.map(({ model, intervals }) => ({ ...model, intervals }));
  const models = [...baselines, await loadVersion(network.stored, network.version, definition, executor)];
  const version = champion?.version ?? COLD_START_VERSION;
  // The champion is one of the rows by its kind, but by its own weights and calibration.
  const served = champion === null ? cold : await loadVersion(champion.stored, version, definition, executor);
  const lanes = models.map((model) => (model.kind === served.kind ? served : model));

  const frequencyMs = durationMs(definition.frequency);
  const from = (series: string) => gridIndex(servedFrom(series), frequencyMs);
  const expected = new Map<string, string>();
  const naive = new Map<string, Forecast>();
  const placeOf = (forecast: Forecast) => `${seriesKey(forecast.stream, forecast.series)} ${forecast.origin}`;
  const judged = await judge({
    history,
    scales: set.scales,
    models: lanes,
    coldStart: cold,
    // A version begins with its own calibration, the cold start with the first frame.
    calibrateFrom: champion === null ? () => -Infinity : from,
    judgeFrom: from,
    onForecast: (model, forecast) => {
      if (model === served) expected.set(placeOf(forecast), JSON.stringify(forecast));
      if (forecast.model.kind === 'seasonal-naive') naive.set(placeOf(forecast), forecast);
    },
    onProgress: (share) => tell(share, 'what was served'),
  }).finally(async () => {
    for (const model of [...models, served]) await model.release?.();
  });

  await tell(null, 'the forecasts that were published');
  const scorer = new ForecastScorer(history, set.scales);
  const byForecasts = new JudgedTruths(history, set.scales);
  const comparison = new PublishedComparison(expected);
  const leads = judgedLeads(definition.horizon);
  for await (const text of request.published) {
    const forecast = JSON.parse(text) as Forecast;
    if (forecast.stream !== definition.stream || eventTimeMs(forecast.origin) < servedFrom(forecast.series))
      continue;
    scorer.add(forecast, naive.get(placeOf(forecast)) ?? null);
    byForecasts.addForecast(forecast, leads);
    comparison.see(placeOf(forecast), text);
  }
  await tell(null, 'what evaluations say of them');
  const byEvaluations = new JudgedTruths(history, set.scales);
  for await (const text of request.evaluations) {
    const evaluation = JSON.parse(text) as Evaluation;
    if (evaluation.stream === definition.stream)
      byEvaluations.addEvaluation(evaluation, servedFrom(evaluation.series));
  }
  return {
    rows: judged.map(({ model, score, origins }) => ({ name: model.kind, ...score, origins })),
    asServed: { name: 'as served', ...scorer.score(), origins: scorer.origins },
    champion: version,
    differences: comparison.differences(),
    judged: { byEvaluations: byEvaluations.score(), byForecasts: byForecasts.score() },
  };
}
