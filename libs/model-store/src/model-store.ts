/** @file Where model versions and training checkpoints live: what a training and a predictor ask of a store.
 *
 *  Law: what is read is what was written, or ARTIFACT_BROKEN: weights and JSON are checked against their hashes, and
 *  a write is seen as a whole or not at all. An artifact's name is made of its content, so writing it twice is one. */
import type { ModelArtifact } from '#contracts';
import type { Tensor } from './safetensors.js';

export interface StoredArtifact {
  readonly artifact: ModelArtifact;
  /** Empty where the kind has no weights (`artifact.weights` is null). */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface ArtifactReference {
  /** Where it lies, relative to the store: `<stream>/<version>`. */
  readonly name: string;
  /** Of the JSON, which holds the hash of the weights: so of all. */
  readonly sha256: string;
  /** `<kind>-<first 12 digits of sha256>`. */
  readonly version: string;
}

/** A training run's own bytes under its job; opaque to the store. All of it throws STORE_UNAVAILABLE where the store
 *  does not answer. */
export interface CheckpointStore {
  /** @returns null when there is none. */
  readCheckpoint(job: string): Promise<Buffer | null>;
  writeCheckpoint(job: string, bytes: Buffer): Promise<void>;
  removeCheckpoint(job: string): Promise<void>;
}

export interface ModelStore extends CheckpointStore {
  /** `artifact.weights` is filled in from the tensors: give null.
   *  @throws STORE_UNAVAILABLE when it cannot be written now */
  write(artifact: ModelArtifact, tensors: ReadonlyMap<string, Tensor>): Promise<ArtifactReference>;
  /** @throws ARTIFACT_BROKEN when it is missing, torn, changed or of another format; STORE_UNAVAILABLE when it cannot be
   *  read for another reason. */
  read(reference: { readonly name: string; readonly sha256: string }): Promise<StoredArtifact>;
}
