/** @file What specs of others use of this library: the claims that every forecaster must keep. Imported as
 *  `#forecasting/testing`, from the sources only. */
export { forecasterContract } from './forecaster-contract.js';
