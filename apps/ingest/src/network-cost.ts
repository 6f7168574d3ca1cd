/** @file What a stream's network costs, said when the stream is defined: before anything is trained.
 *  Law: every number is computed from the definition alone. */
import { bytesPerSeries, type CmambaConfig, cmambaConfig, warmUp } from '#cmamba';
import type { StreamDefinition } from '#contracts';
import type { NetworkCost } from './wiring.js';

/** The network that a definition asks for.
 *  @throws BAD_CONFIGURATION for sizes that no network has (the definition's schema allows none) */
export function networkOf(definition: StreamDefinition): CmambaConfig {
  const { channels, lookback, horizon, model } = definition;
  return cmambaConfig(model.size, { channels: channels.length, lookback, horizon, memory: model.memory });
}

/** @param trainingNeedsSteps grid steps of history that a training of this stream needs at least */
export function networkCost(trainingNeedsSteps: (definition: StreamDefinition) => number): NetworkCost {
  return (definition) => {
    const network = networkOf(definition);
    return {
      memoryPerSeriesBytes: bytesPerSeries(network),
      firstForecastAfterFrames: warmUp(network),
      trainingNeedsSteps: trainingNeedsSteps(definition),
    };
  };
}
