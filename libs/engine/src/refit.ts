/** @file One training from history to judged artifacts: every kind is fitted, all are judged beside the champion.
 *
 *  Law: artifacts are a function of (history, definition, seed); who is promoted is decided elsewhere (the gate), from
 *  what stands here. What cannot be trained on is said before anything is fitted (INSUFFICIENT_HISTORY). */
import { networkOf, parameters, toArtifact } from '#cmamba';
import type { Executor } from '#compute';
import {
  durationMs,
  formatTime,
  judgedLeads,
  type ModelArtifact,
  type ModelKind,
  type OffsetRange,
  RollcastError,
  type Score,
  stepBegin,
  type TrainingProgress,
} from '#contracts';
import { fitKalman, fitRidge } from '#forecasting';
import type { StoredArtifact, Tensor } from '#model-store';
import { type CmambaFit, fitCmamba, type FitRequest } from './fit-cmamba.js';
import { lastEnd, type StreamHistory } from './history.js';
import { judge } from './judge.js';
import { coldStart } from './cold-start.js';
import { linearNetwork, loadCandidate, loadVersion } from './load-version.js';
import { PhaseClock } from './phase-clock.js';
import type { ServingModel } from './model-states.js';
import { type TrainingSet, trainingSet } from './training-set.js';

export interface RefitRequest {
  readonly history: StreamHistory;
  /** Where the frames came from: part of the artifacts. */
  readonly ranges: readonly OffsetRange[];
  readonly seed: number;
  readonly executor: Executor;
  /** The version that serves; null: nothing but the cold start has served yet. */
  readonly champion: { readonly stored: StoredArtifact; readonly version: string } | null;
  readonly checkpoints: FitRequest['checkpoints'];
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly signal: AbortSignal;
}

/** What an artifact says of where it comes from. */
type Provenance = Pick<RefitRequest, 'ranges' | 'seed'>;

export interface FittedVersion {
  readonly artifact: ModelArtifact;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface RefitResult {
  /** One a kind, in the order of the tables. */
  readonly fitted: readonly FittedVersion[];
  /** Forecasts that the score of each is over. */
  readonly origins: readonly number[];
  /** null: the champion could not be loaded; `problem` says why. */
  readonly champion: { readonly version: string; readonly kind: ModelKind; readonly score: Score } | null;
  readonly championProblem: unknown;
  /** Why the network's training ended before its time; null: it did not. */
  readonly networkTrouble: string | null;
  /** Event time of the newest frame that was seen. */
  readonly framesUntil: string;
  readonly seconds: Readonly<Record<TrainingProgress['phase'], number>>;
}

/** @throws INSUFFICIENT_HISTORY; the signal's reason when it is aborted. */
export async function refit(request: RefitRequest): Promise<RefitResult> {
  const { history, executor, signal } = request;
  const { definition } = history;
  const clock = new PhaseClock(request.onProgress);
  const set = trainingSet(history);
  clock.enter('baselines');
  const baselines = fitBaselines(request, set);
  clock.enter('training');
  const network = await fitNetwork(request, set, baselines.linearPath, (progress) => clock.tell(progress));
  clock.enter('judging');
  const drafts = [...baselines.drafts, draftOf(request, set, 'cmamba', network.content)];
  const models = [];
  for (const draft of drafts) models.push(await loadCandidate(draft, definition, executor));
  const champion = await championModel(request).catch((error: unknown) => {
    if (error instanceof RollcastError && error.code === 'VERSION_REFUSED') return { problem: error };
    throw error;
  });
  const judged = 'problem' in champion ? models : [...models, champion];
  const judgements = await judge({
    history,
    scales: set.scales,
    models: judged,
    coldStart: coldStart(definition),
    calibrateFrom: () => set.splits.validation,
    judgeFrom: () => set.splits.heldBack,
    onProgress: (share) => clock.judged(share),
    signal,
  });
  for (const model of judged) await model.release?.();
  clock.enter('storing');
  const fitted = drafts.map(({ artifact, tensors }, index) => {
    const { score, intervals } = judgements[index] as (typeof judgements)[number];
    return { artifact: { ...artifact, score, intervals }, tensors };
  });
  const last = judgements[models.length];
  return {
    fitted,
    origins: judgements.map(({ origins }) => origins),
    champion:
      last === undefined ? null : { version: last.model.version, kind: last.model.kind, score: last.score },
    championProblem: 'problem' in champion ? champion.problem : null,
    networkTrouble: network.trouble,
    framesUntil: newestFrame(history),
    seconds: clock.seconds(),
  };
}

async function championModel({ champion, history, executor }: RefitRequest): Promise<ServingModel> {
  if (champion === null) return coldStart(history.definition);
  return loadVersion(champion.stored, champion.version, history.definition, executor);
}

/** Every kind but the network, on the training slice; and the ridge solution, where the network begins. */
export function fitBaselines(request: Provenance, set: TrainingSet) {
  const { lookback, horizon, season } = set.history.definition;
  const ridge = fitRidge(set.training, set.scales, { lookback, horizon });
  const linearPath = Float32Array.from(ridge.weights);
  const rates = fitKalman(set.training, set.history.definition.channels.length, {
    lookback,
    horizon,
    season,
  });
  const drafts = [
    draftOf(request, set, 'last-value', {}),
    draftOf(request, set, 'seasonal-naive', {}),
    draftOf(request, set, 'ridge', { tensors: tensorsOf(linearNetwork(set.history.definition), linearPath) }),
    draftOf(request, set, 'kalman', { rates: [...rates] }),
  ];
  return { linearPath, drafts };
}

type Content = Partial<Pick<ModelArtifact, 'network' | 'rates'>> & {
  readonly tensors?: ReadonlyMap<string, Tensor>;
  readonly training?: Partial<ModelArtifact['training']>;
};

async function fitNetwork(
  request: RefitRequest,
  set: TrainingSet,
  linearPath: Float32Array,
  onProgress: FitRequest['onProgress'],
): Promise<{ readonly content: Content; readonly trouble: string | null }> {
  const { seed, executor, checkpoints, signal, ranges } = request;
  const config = networkOf(set.history.definition);
  const identity = JSON.stringify([set.history.definition, ranges, seed, set.history.frames]);
  const fit: CmambaFit = await fitCmamba({
    set,
    config,
    linearPath,
    seed,
    executor,
    identity,
    checkpoints,
    onProgress,
    signal,
  });
  const { stride, memory, dModel, dInner, dState, dtRank, blocks, reduction } = config;
  const content = {
    network: { stride, memory, dModel, dInner, dState, dtRank, blocks, reduction },
    tensors: tensorsOf(config, fit.weights),
    training: {
      epochs: Math.max(0, fit.validation.length - 1),
      selectedEpoch: fit.selected,
      steps: fit.steps,
      validation: [...fit.validation],
    },
  };
  return { content, trouble: fit.trouble };
}

function tensorsOf(
  config: Parameters<typeof parameters>[0],
  weights: Float32Array,
): ReadonlyMap<string, Tensor> {
  return toArtifact(parameters(config), weights);
}

/** An artifact that was not judged yet: its calibration begins from nothing. */
function draftOf(
  { ranges, seed }: Provenance,
  set: TrainingSet,
  kind: ModelKind,
  content: Content,
): StoredArtifact {
  const { stream, channels, frequency, lookback, horizon, season } = set.history.definition;
  const leads = judgedLeads(horizon);
  const nothing = channels.map(() => leads.map(() => 0));
  const artifact: ModelArtifact = {
    format: 1,
    stream,
    kind,
    channels: channels.map(({ name }) => name),
    frequencyMs: durationMs(frequency),
    lookback,
    horizon,
    season,
    scale: { mean: [...set.scales.mean], deviation: [...set.scales.deviation] },
    intervals: { leads, lower: nothing, upper: nothing },
    network: content.network ?? null,
    rates: content.rates ?? null,
    training: {
      seed,
      ranges: [...ranges],
      epochs: 0,
      selectedEpoch: null,
      steps: 0,
      validation: [],
      ...content.training,
    },
    score: { mae: 0, mse: 0, coverage: 0, skill: null, truths: 0 },
    weights: null,
  };
  return { artifact, tensors: content.tensors ?? new Map() };
}

function newestFrame(history: StreamHistory): string {
  return formatTime(stepBegin(lastEnd(history) - 1, durationMs(history.definition.frequency)));
}
