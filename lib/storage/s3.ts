import { DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import type { Storage } from "./backend.ts";
import { StorageError } from "./error.ts";
import { parseS3 } from "./location.ts";
import { openRemote, readingRemote, type RemoteFile } from "./remote.ts";
import { type HttpResponse, RETRIES, retrying } from "./request.ts";
import { S3Connection } from "./s3_client.ts";
import { createObject, listObjects } from "./s3_folders.ts";
import { s3Settings } from "./s3_settings.ts";
import { uploadS3 } from "./s3_upload.ts";

/** Objects in an S3-compatible store, by `s3://BUCKET/KEY`. */
export function s3Storage(
  variable: (name: string) => string | undefined = Deno.env.get,
  policy = RETRIES,
): Storage {
  const connection = new S3Connection(s3Settings(variable), policy);
  const fileAt = (location: string): RemoteFile => ({
    location,
    policy,
    get: (headers) => getObject(connection, location, headers),
  });
  return {
    ...readingRemote(fileAt),
    async checkWritable(location) {
      addressOf(location);
      await connection.checkCredentials(location);
    },
    async write(location, chunks) {
      const sizeOf = async () => (await openRemote(fileAt(location))).size;
      await uploadS3(connection, { location, address: addressOf(location), sizeOf }, chunks);
    },
    remove,
    create: async (location, bytes) => await createObject(connection, location, addressOf(location), bytes),
    list: async (folder) => (await listObjects(connection, folder, "/")).map((name) => name.replace(/\/$/, "")),
    async removeTree(location) {
      for (const name of await listObjects(connection, location)) {
        await remove(`${location.replace(/\/$/, "")}/${name}`);
      }
      await remove(location);
    },
  };

  async function remove(location: string): Promise<void> {
    const command = new DeleteObjectCommand(addressOf(location));
    await retrying(policy, () => connection.send(location, command, [404]));
  }
}

async function getObject(connection: S3Connection, location: string, headers: Headers): Promise<HttpResponse> {
  const { range: Range, "if-match": IfMatch } = headers;
  const command = new GetObjectCommand({ ...addressOf(location), ...Range && { Range }, ...IfMatch && { IfMatch } });
  return (await connection.send(location, command, [412, 416])).response;
}

type Headers = Readonly<Record<string, string>>;

/** The bucket and the key of an object, as the SDK wants them. */
function addressOf(location: string): { Bucket: string; Key: string } {
  const { bucket, key } = parseS3(location);
  if (key === "") throw new StorageError("failed", location, "expected s3://BUCKET/KEY, not the bucket alone");
  if (!key.isWellFormed()) throw new StorageError("failed", location, "the name is not valid Unicode");
  // In the path of a URL they would lead elsewhere.
  if (key.split("/").some((part) => part === "." || part === "..")) {
    throw new StorageError("unsupported", location, "keys with '.' or '..' between slashes cannot be used");
  }
  return { Bucket: bucket, Key: key };
}
