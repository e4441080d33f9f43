/** A request body has more bytes than allowed, as it was sent or after decompression. */
export class BodyTooLarge extends Error {
  override name = "BodyTooLarge";

  constructor(limit: number) {
    super(`The body is larger than ${limit} bytes`);
  }
}

/** The body is not what its content encoding says. */
export class BadEncoding extends Error {
  override name = "BadEncoding";
}

/** The client went away while it was sending the body. */
export class BodyAborted extends Error {
  override name = "BodyAborted";
}
