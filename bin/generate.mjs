// Writes what is generated from the sources: the JSON Schemas of the wire. Run after a build: `npm run generate`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publishedJsonSchemas } from '../dist/libs/contracts/src/index.js';

const folder = fileURLToPath(new URL('../schemas/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [file, text] of Object.entries(publishedJsonSchemas())) {
  writeFileSync(folder + file, text);
  console.log(`schemas/${file}`);
}
