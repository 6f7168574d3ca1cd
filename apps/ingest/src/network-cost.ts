/** @file What a stream's network costs, said when the stream is defined: before anything is trained.
 *  Law: every number is computed from the definition alone. */
import { bytesPerSeries, networkOf, trainingNeedsSteps, warmUp } from '#cmamba';
import type { StreamDefinition, StreamView } from '#contracts';

export function networkCost(definition: StreamDefinition): Omit<StreamView, 'definition'> {
  const network = networkOf(definition);
  return {
    memoryPerSeriesBytes: bytesPerSeries(network),
    firstForecastAfterFrames: warmUp(network),
    trainingNeedsSteps: trainingNeedsSteps(network, definition.retraining),
  };
}
