/** @file Starts the service predictor. */
import { start } from '#platform';
import { PredictorModule } from './predictor.module.js';

void start(PredictorModule, { name: 'predictor', port: 3003 });
