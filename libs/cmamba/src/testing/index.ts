/** @file What specs of others use of this library. Imported as `#cmamba/testing`, from the sources only. */
export { randomArray, randomNumbers, relativeDifference } from './values.js';
