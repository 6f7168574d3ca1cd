/** @file Starts the service ingest. */
import { start } from '#platform';
import { INGEST_ENVIRONMENT } from './configuration.js';
import { IngestModule } from './ingest.module.js';
import { BODY_LIMIT_BYTES } from './wiring.js';

void start(IngestModule, {
  name: 'ingest',
  port: 3001,
  environment: INGEST_ENVIRONMENT,
  bodyLimitBytes: BODY_LIMIT_BYTES,
});
