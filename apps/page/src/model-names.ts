/** @file Forecasters by the names that people read. */
import { type ModelKind } from '#contracts';

const LABELS: Readonly<Record<ModelKind, string>> = {
  'last-value': 'Last value',
  'seasonal-naive': 'Seasonal naive',
  ridge: 'Ridge regression',
  kalman: 'Kalman filter',
  cmamba: 'CMamba',
};

/** A kind as people read it; one that we do not know stays as it is. */
export function kindLabel(kind: string): string {
  return kind in LABELS ? LABELS[kind as ModelKind] : kind;
}

/** The kind in a version's name, `<kind>-<digits of the hash>`. */
export function kindOfVersion(version: string): string {
  return version.slice(0, version.lastIndexOf('-'));
}
