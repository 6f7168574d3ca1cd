/** @file From an artifact to a forecaster: the one way, for serving, for judging and for the report.
 *
 *  Law: a version that does not fit the stream, does not load, or does not give finite numbers is VERSION_REFUSED here,
 *  before it has answered anybody. */
import { type CmambaConfig, cmambaConfig, configOf, fromArtifact, parameters } from '#cmamba';
import { type Executor, Stepper } from '#compute';
import {
  describeError,
  durationMs,
  type ModelArtifact,
  RollcastError,
  type StreamDefinition,
} from '#contracts';
import {
  type Forecaster,
  kalmanForecaster,
  lastValueForecaster,
  ridgeForecaster,
  seasonalNaiveForecaster,
} from '#forecasting';
import type { StoredArtifact } from '#model-store';
import { CmambaForecaster } from './cmamba-forecaster.js';
import { longestContext } from './context.js';
import type { ServingModel } from './model-states.js';
import { probe } from './probe.js';

/** @param executor for the kinds that have a network; sessions are freed by the model's `release`.
 *  @throws VERSION_REFUSED with the reason. */
export async function loadVersion(
  stored: StoredArtifact,
  version: string,
  definition: StreamDefinition,
  executor: Executor,
): Promise<ServingModel> {
  const { artifact } = stored;
  const refuse = (problem: string, cause?: unknown) =>
    new RollcastError('VERSION_REFUSED', { version, stream: definition.stream, problem }, cause);
  const mismatch = mismatchOf(artifact, definition);
  if (mismatch !== null) throw refuse(mismatch);
  let loaded: Loaded;
  try {
    loaded = forecasterOf(stored, executor);
  } catch (error) {
    throw refuse(describeError(error), error);
  }
  const { forecaster, release } = loaded;
  const model = {
    kind: artifact.kind,
    version,
    forecaster: withDeviation(forecaster, artifact.scale.deviation),
    intervals: artifact.intervals,
    release,
  };
  // No more of the log is kept: a restart would build other states than those of a process that lived.
  const kept = longestContext(definition);
  const problem =
    forecaster.context > kept
      ? `it looks ${forecaster.context} grid steps back, the stream keeps ${kept}`
      : await probe(forecaster, artifact).catch((error: unknown) => describeError(error));
  if (problem === null) return model;
  await release();
  throw refuse(problem);
}

/** A fitted artifact that serves nobody yet, to be judged. Its name is no version's: the cold start has one too. */
export function loadCandidate(
  stored: StoredArtifact,
  definition: StreamDefinition,
  executor: Executor,
): Promise<ServingModel> {
  return loadVersion(stored, `candidate-${stored.artifact.kind}`, definition, executor);
}

interface Loaded {
  readonly forecaster: Forecaster;
  readonly release: () => Promise<void>;
}

function mismatchOf(artifact: ModelArtifact, definition: StreamDefinition): string | null {
  const wanted = {
    stream: definition.stream,
    channels: definition.channels.map(({ name }) => name).join(', '),
    frequencyMs: durationMs(definition.frequency),
    lookback: definition.lookback,
    horizon: definition.horizon,
    season: definition.season,
  };
  const has = { ...artifact, channels: artifact.channels.join(', ') };
  for (const field of Object.keys(wanted) as (keyof typeof wanted)[]) {
    if (has[field] !== wanted[field])
      return `its ${field} is ${has[field]}, the stream's is ${wanted[field]}`;
  }
  return null;
}

function forecasterOf({ artifact, tensors }: StoredArtifact, executor: Executor): Loaded {
  const { lookback, horizon, season, scale, channels } = artifact;
  const nothing = () => Promise.resolve();
  switch (artifact.kind) {
    case 'last-value':
      return {
        forecaster: lastValueForecaster({ lookback, horizon, mean: scale.mean }),
        release: nothing,
      };
    case 'seasonal-naive': {
      const forecaster = seasonalNaiveForecaster({ lookback, horizon, season, mean: scale.mean });
      return { forecaster, release: nothing };
    }
    case 'ridge': {
      // Ridge is the network without blocks.
      const list = parameters(linearNetwork(artifact));
      const weights = fromArtifact(list, tensors);
      return {
        forecaster: ridgeForecaster({ lookback, horizon, scales: scale, weights }),
        release: nothing,
      };
    }
    case 'kalman': {
      const rates = artifact.rates ?? undefined;
      const settings = { channels: channels.length, lookback, horizon, season, prior: scale };
      const forecaster = kalmanForecaster(rates === undefined ? settings : { ...settings, rates });
      return { forecaster, release: nothing };
    }
    case 'cmamba': {
      const config = networkOfArtifact(artifact);
      const stepper = new Stepper(executor, config, fromArtifact(parameters(config), tensors));
      return {
        forecaster: new CmambaForecaster(config, scale, stepper),
        release: () => stepper.release(),
      };
    }
  }
}

/** Where a forecaster knows nothing of its own uncertainty, the deviation of the difference between two values of the
 *  training slice that know nothing of each other stands for it: wide, and never no width at all before there was an
 *  error to learn from. */
function withDeviation(forecaster: Forecaster, deviation: readonly number[]): Forecaster {
  const { kind, channels, horizon, context, warmUp } = forecaster;
  const spread = Float64Array.from(
    { length: channels * horizon },
    (_, at) => Math.SQRT2 * (deviation[Math.floor(at / horizon)] as number),
  );
  return {
    kind,
    channels,
    horizon,
    context,
    warmUp,
    advance: async (steps) =>
      (await forecaster.advance(steps)).map(({ state, paths }) => ({
        state,
        paths: paths && { point: paths.point, deviation: paths.deviation ?? spread },
      })),
  };
}

/** Ridge in the network's terms: no blocks, the linear path alone. */
export function linearNetwork(shape: {
  readonly channels: readonly unknown[];
  readonly lookback: number;
  readonly horizon: number;
}): CmambaConfig {
  const { channels, lookback, horizon } = shape;
  return cmambaConfig('small', { channels: channels.length, lookback, horizon, blocks: 0 });
}

function networkOfArtifact(artifact: ModelArtifact): CmambaConfig {
  const { network, channels, lookback, horizon } = artifact;
  if (network === null)
    throw new RollcastError('ARTIFACT_BROKEN', { artifact: 'cmamba', problem: 'it has no network' });
  return configOf({ ...network, channels: channels.length, lookback, horizon });
}
