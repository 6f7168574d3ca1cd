export { FileSystemModelStore } from './file-system-store.js';
export type { CheckpointStore, ModelStore, StoredArtifact } from './model-store.js';
export { readSafetensors, type Tensor, writeSafetensors } from './safetensors.js';
