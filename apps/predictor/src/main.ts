/** @file Starts the service predictor. */
import { start } from '#platform';
import { PREDICTOR_ENVIRONMENT } from './configuration.js';
import { PredictorModule } from './predictor.module.js';

void start(PredictorModule, { name: 'predictor', port: 3003, environment: PREDICTOR_ENVIRONMENT });
