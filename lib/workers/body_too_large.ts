/** A request body has more bytes than allowed, as it was sent or after decompression. */
export class BodyTooLarge extends Error {
  override name = "BodyTooLarge";

  constructor(limit: number) {
    super(`The body is larger than ${limit} bytes`);
  }
}
