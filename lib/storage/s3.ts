/**
 * Objects in an S3-compatible store, by `s3://BUCKET/KEY`. The store and the keys come from the usual variables:
 * AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, AWS_REGION or AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
 * AWS_SESSION_TOKEN.
 * @module
 */
import { existsRemote, openRemote, type RemoteFile, streamRemote } from "./remote.ts";
import { PATIENCE, retrying } from "./request.ts";
import { S3Client } from "./s3_client.ts";
import { s3Settings } from "./s3_settings.ts";
import { uploadS3 } from "./s3_upload.ts";
import type { Storage } from "./storage.ts";

/** Objects in an S3-compatible store. */
export function s3Storage(
  variable: (name: string) => string | undefined = Deno.env.get,
  patience = PATIENCE,
): Storage {
  const client = new S3Client(s3Settings(variable), patience);
  const fileAt = (location: string): RemoteFile => ({
    location,
    patience,
    get: (headers) => client.send(location, { method: "GET", headers, accept: [412, 416] }),
  });
  return {
    open: (location) => openRemote(fileAt(location)),
    stream: (location) => streamRemote(fileAt(location)),
    exists: (location) => existsRemote(fileAt(location)),
    checkWritable: (location) => client.check(location),
    write: (location, chunks) => uploadS3(client, location, chunks),
    async remove(location) {
      await retrying(patience, async () => {
        await (await client.send(location, { method: "DELETE", accept: [404] })).discard();
      });
    },
  };
}
