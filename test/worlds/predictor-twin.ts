/** @file The undisturbed run of the predictor in memory: the frames of a real run, with their offsets and append times,
 *  through the same task on the in-memory log, over the same model store.
 *
 *  Law: from the real run's topic `models` it is given everything, switch records included, before it begins; so it
 *  switches where they say. Without the switch records it is given no champion either: the cold start serves. */
import { compiledExecutor } from '#compute';
import { ModelRecord, type StreamDefinition } from '#contracts';
import type { InputRecord } from '#kafka';
import { FileSystemModelStore } from '#model-store';
import { framesTask } from '../../apps/predictor/src/frames.task.js';
import { ModelVersions } from '../../apps/predictor/src/model-versions.js';
import { type DefinitionChange, pumpGiven, written } from './given-log.js';
import type { LoggedRecord } from './same-log.js';

export const PREDICTOR_OUTPUTS = ['forecasts', 'evaluations', 'frames.dead'] as const;

export interface PredictorTwin {
  readonly log: ReadonlyMap<string, readonly (readonly LoggedRecord[])[]>;
  readonly counts: Readonly<Record<string, number>>;
}

export interface TwinGiven {
  /** By partition, in order. */
  readonly frames: readonly (readonly InputRecord[])[];
  readonly models: readonly InputRecord[];
  readonly definitions: readonly StreamDefinition[];
  readonly changes?: readonly DefinitionChange[];
  /** Folder of the model store. */
  readonly store: string;
}

export async function predictorTwin({
  frames,
  models,
  definitions,
  changes = [],
  store,
}: TwinGiven): Promise<PredictorTwin> {
  const versions = new ModelVersions({
    store: new FileSystemModelStore(store),
    executor: compiledExecutor(),
    onUnreadable: (key, problem) => {
      throw new Error(`the record ${key} of models: ${problem}`);
    },
    onWaiting: (_, version, problem) => {
      throw new Error(`version ${version}: ${problem}`);
    },
    catchUp: () => Promise.resolve(),
  });
  for (const { key, value } of models) versions.take(key?.toString() ?? '', value);
  const { log, counts } = await pumpGiven(
    { topic: 'frames', records: frames, definitions, changes },
    (source) => framesTask({ definitions: source, versions }),
  );
  return { log: new Map(PREDICTOR_OUTPUTS.map((topic) => [topic, written(log, topic)])), counts };
}

/** The records of `models`, parsed. */
export function modelRecords(models: readonly InputRecord[]): ModelRecord[] {
  return models.map(({ value }) => ModelRecord.parse(JSON.parse(String(value))));
}
