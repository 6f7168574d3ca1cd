export { FileSystemModelStore } from './file-system-store.js';
export type { ArtifactReference, CheckpointStore, ModelStore, StoredArtifact } from './model-store.js';
export { readSafetensors, type SafetensorsFile, type Tensor, writeSafetensors } from './safetensors.js';
