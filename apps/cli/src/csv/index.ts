export { type CsvFile, type CsvRow, openCsv } from './csv-file.js';
export { type CsvLayout } from './csv-layout.js';
export { type CsvHints } from './csv-hints.js';
export { inferDefinition, type InferredCsv } from './infer-definition.js';
export { MOTES_HINTS } from './motes.js';
export { readingsOfCsv } from './readings-of-csv.js';
