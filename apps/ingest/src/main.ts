/** @file Starts the service ingest. */
import { start } from '#platform';
import { IngestModule } from './ingest.module.js';

void start(IngestModule, { name: 'ingest', port: 3001 });
