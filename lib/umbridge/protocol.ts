/**
 * The names of UM-Bridge's protocol 1.0.
 *
 * L. Seelinger, V. Cheng-Seelinger, A. Davis, M. Parno, A. Reinarz, UM-Bridge: Uncertainty quantification and modeling
 * bridge, Journal of Open Source Software 8 (2023), 4748.
 * @module
 */

/** What a client may POST, by the path. */
export const OPERATIONS = [
  "ModelInfo",
  "InputSizes",
  "OutputSizes",
  "Evaluate",
  "Gradient",
  "ApplyJacobian",
  "ApplyHessian",
] as const;
export type OperationName = typeof OPERATIONS[number];

/** The answer to `GET /Info`. `forward` has a vector for each differentiable array, `flat` one for all of them. */
export const INFO = { protocolVersion: 1.0, models: ["forward", "flat"] } as const;
export type ModelName = typeof INFO.models[number];

/** What an error may be called. */
export const ERROR_TYPES = ["ModelNotFound", "UnsupportedFeature", "InvalidInput", "InvalidOutput"] as const;
export type ErrorType = typeof ERROR_TYPES[number];
