/** @file The published JSON Schemas, made from the zod schemas. `npm run generate` writes them to `schemas/`; a test
 *  makes them again and compares, so what a schema says is what the services ask for.
 *
 *  The services ask for more than JSON Schema can say: what durations and ISO times are allowed (the descriptions name
 *  the bounds), and what fields of a definition must be to each other. */
import { z } from 'zod';
import { Evaluation } from './evaluation.js';
import { Forecast } from './forecast.js';
import { Frame } from './frame.js';
import { ModelArtifact } from './model-artifact.js';
import { ModelRecord } from './model-version.js';
import { Reading } from './reading.js';
import { StreamDefinition, StreamDefinitionInput } from './stream-definition.js';
import { TrainingJob, TrainingProgress } from './training-job.js';

const PUBLISHED = {
  'reading.v1.json': Reading,
  'frame.v1.json': Frame,
  'forecast.v1.json': Forecast,
  'evaluation.v1.json': Evaluation,
  'model-artifact.v1.json': ModelArtifact,
  'model-record.v1.json': ModelRecord,
  'stream-definition.v1.json': StreamDefinition,
  'stream-definition-input.v1.json': StreamDefinitionInput,
  'training-job.v1.json': TrainingJob,
  'training-progress.v1.json': TrainingProgress,
} as const satisfies Record<string, z.ZodType>;

/** File name -> text, with a final newline. */
export function publishedJsonSchemas(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [file, schema] of Object.entries(PUBLISHED)) {
    // What people send: defaults may be left out.
    files[file] = `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)}\n`;
  }
  return files;
}
