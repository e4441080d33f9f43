import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { Chunks } from "./backend.ts";
import { StorageError } from "./error.ts";
import { retrying } from "./request.ts";
import { addressOf, type S3Connection } from "./s3_client.ts";
import { S3Refused } from "./s3_faults.ts";
import { unlessAbandoned } from "./unfinished.ts";

/** The size of parts, and of what is sent in one request. */
const PART = 8 * 2 ** 20;

/**
 * Writes an object, whole or not at all, by the AWS SDK's `Upload`: in one request where it is small, else in parts
 * that become an object when all of them are there. `sizeOf` asks the store how large the object is that is there.
 */
export async function uploadS3(
  connection: S3Connection,
  location: string,
  chunks: Chunks,
  sizeOf: () => Promise<number>,
): Promise<void> {
  const address = addressOf(location);
  let stopped: { readonly reason: unknown } | undefined;
  let isInParts = false;
  let size = 0;
  const source = (async function* () {
    for await (const chunk of chunks) {
      size += chunk.length;
      yield chunk;
    }
  })();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (made) => void (controller = made),
    async pull() {
      try {
        const { done, value } = await source.next();
        if (stopped) return;
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        stop(error);
      }
    },
  }, { highWaterMark: 0 });

  /** Makes the body fail. Without that, `Upload` would go on to send all other parts after one has failed. */
  const stop = (reason: unknown) => {
    stopped ??= { reason };
    controller.error(reason);
  };

  const send = async (command: object): Promise<unknown> => {
    let attempts = 0;
    if (command instanceof CreateMultipartUploadCommand) isInParts = true;
    try {
      return await retrying(connection.policy, async () => {
        if (stopped && !(command instanceof AbortMultipartUploadCommand)) throw stopped.reason;
        attempts++;
        return (await connection.send(location, command)).output;
      });
    } catch (error) {
      // An earlier attempt may have succeeded although its answer was lost. Then the upload no longer exists.
      const isRepeated = command instanceof CompleteMultipartUploadCommand && attempts > 1;
      const isGone = error instanceof S3Refused && error.code === "NoSuchUpload";
      if (isRepeated && isGone && await sizeOf().catch(() => NaN) === size) return {};
      stop(error);
      throw error;
    }
  };

  const upload = new Upload({
    client: connection.sdkSending(send),
    params: { ...address, Body: body },
    partSize: PART,
  });
  const done = upload.done();
  const abandon = async () => {
    stop(new StorageError("failed", location, "the upload was aborted"));
    // A part that arrives after the upload was aborted would stay in the store: `Upload` waits for all of them.
    if (isInParts) await done.catch(() => {});
  };
  await unlessAbandoned(abandon, async () => {
    try {
      await done;
    } catch (error) {
      throw stopped ? stopped.reason : error;
    } finally {
      await source.return();
    }
  });
}
