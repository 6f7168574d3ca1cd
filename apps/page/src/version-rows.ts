/** @file Rows of the table of model versions. Pure.
 *
 *  Law: the champion is always a row, exactly once, also when it is not among the versions (the one that serves before
 *  anything was trained is in no record). */
import { type COLD_START_VERSION, type ModelsView } from '#contracts';
import { kindOfVersion } from './model-names.js';

type Score = ModelsView['versions'][number]['scores'][string];

/** What serves before anything was trained. Of the contract only the type is taken, which admits no other name: its
 *  module would bring zod into the browser. */
export const COLD_START: typeof COLD_START_VERSION = 'kalman-0';

export interface VersionRow {
  readonly version: string;
  readonly kind: string;
  readonly champion: boolean;
  /** Why it is the champion, or what the gate said of it. */
  readonly reason: string;
  /** Of this version on the held-back slice; null: it was not measured. */
  readonly score: Score | null;
}

/** The version that is to serve. */
export function championOf({ champion }: ModelsView): string {
  return champion?.version ?? COLD_START;
}

/** The champion first, then the newest. */
export function versionRows(models: ModelsView): VersionRow[] {
  const serving = championOf(models);
  const rows = models.versions.map((version) => ({
    version: version.version,
    kind: version.kind,
    champion: version.version === serving,
    reason: version.version === serving ? (models.champion?.reason ?? version.reason) : version.reason,
    score: version.scores[version.kind] ?? null,
  }));
  const champion = rows.find((row) => row.champion) ?? {
    version: serving,
    kind: kindOfVersion(serving),
    champion: true,
    reason: models.champion?.reason ?? 'Serves from the first frame on, before anything was trained.',
    score: null,
  };
  return [champion, ...rows.filter((row) => !row.champion)];
}
