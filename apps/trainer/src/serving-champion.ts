/** @file What serves a stream now, as the gate needs it: by name, and with its artifact.
 *
 *  Law: a champion that is named in the topic and is not to be had is `lost`, not forgotten: it is told, and then any
 *  version that loads is better. A store that does not answer says nothing of the champion: that is thrown. */
import { COLD_START_VERSION, ModelKind, RollcastError } from '#contracts';
import type { ModelStore, StoredArtifact } from '#model-store';
import type { ModelTable } from './model-table.js';

export interface Serving {
  /** Of the champion record; the cold start where there is none. */
  readonly version: string;
  readonly kind: ModelKind;
  /** null: the cold start, or lost. */
  readonly stored: StoredArtifact | null;
  /** Why its artifact is not to be had; null: it is. */
  readonly lost: unknown;
}

/** The version in force by the topic `models`, as far as this process has read it.
 *  @throws STORE_UNAVAILABLE */
export async function servingChampion(
  models: Pick<ModelTable, 'champion' | 'version'>,
  store: Pick<ModelStore, 'read'>,
  stream: string,
): Promise<Serving> {
  const version = championName(models, stream);
  if (version === COLD_START_VERSION) return { version, kind: 'kalman', stored: null, lost: null };
  const record = models.version(stream, version);
  const kind = record?.kind ?? kindIn(version);
  try {
    if (record === null) throw new RollcastError('NO_SUCH_VERSION', { stream, version });
    return { version, kind, stored: await store.read(record.artifact), lost: null };
  } catch (lost) {
    if (!(lost instanceof RollcastError) || lost.fate !== 'refuse') throw lost;
    return { version, kind, stored: null, lost };
  }
}

export function championName(models: Pick<ModelTable, 'champion'>, stream: string): string {
  return models.champion(stream)?.version ?? COLD_START_VERSION;
}

/** A version's name begins with its kind. */
function kindIn(version: string): ModelKind {
  const kind = ModelKind.safeParse(version.slice(0, version.lastIndexOf('-')));
  return kind.success ? kind.data : 'kalman';
}
