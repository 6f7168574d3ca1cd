/** @file What specs of others use of this library. Imported as `#cmamba/testing`, from the sources only. */
export { type WindowedConfig, windowedParameters, windowedPass } from './windowed.js';
export { randomArray, randomNumbers, relativeDifference } from './values.js';
