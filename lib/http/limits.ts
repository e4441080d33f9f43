/** Of a request body, also after decompression: 4 GiB. */
export const MAX_BODY_SIZE = 2 ** 32;

/** Up to this size a request body is read whole before a worker gets it; a larger one is passed on as it arrives. */
export const SMALL_BODY = 2 ** 18;

/** So many milliseconds a worker waits for the next bytes of a body, and others for the worker. */
export const MOST_SILENCE = 60_000;

/** Clients that are told to come back are told to wait so many seconds. */
export const RETRY_AFTER = 1;

/** How long running calls have to finish when the server is told to stop, in milliseconds. */
export const GRACE_PERIOD = 30_000;

/** The same where another process started the server, and waits for its end. */
export const GRACE_PERIOD_OF_CHILD = 8000;
