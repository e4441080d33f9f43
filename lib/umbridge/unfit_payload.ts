/** The payload of `--umbridge` does not fit the module: each line says why. */
export class UnfitPayload extends Error {
  override name = "UnfitPayload";
}
