/** @file The wiring of the service predictor, on one screen. Logger, Health, Metrics, Shutdown and CONFIGURATION are
 *  given by the platform to whatever is listed here. */
import { Module } from '@nestjs/common';

@Module({ controllers: [], providers: [] })
export class PredictorModule {}
