/** @file Starts the service trainer. */
import { start } from '#platform';
import { TRAINER_ENVIRONMENT } from './configuration.js';
import { TrainerModule } from './trainer.module.js';

void start(TrainerModule, { name: 'trainer', port: 3002, environment: TRAINER_ENVIRONMENT });
