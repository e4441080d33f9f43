import { DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import type { WritableStorage } from "./backend.ts";
import { openRemote, readingRemote, type RemoteFile } from "./remote.ts";
import { type HttpResponse, RETRIES, retrying } from "./request.ts";
import { addressOf, S3Connection } from "./s3_client.ts";
import { createObject, listObjects } from "./s3_folders.ts";
import { s3Settings } from "./s3_settings.ts";
import { uploadS3 } from "./s3_upload.ts";

/** Objects in an S3-compatible store, by `s3://BUCKET/KEY`. */
export function s3Storage(
  variable: (name: string) => string | undefined = Deno.env.get,
  policy = RETRIES,
): WritableStorage {
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
      await uploadS3(connection, location, chunks, async () => (await openRemote(fileAt(location))).size);
    },
    remove,
    create: (location, bytes) => createObject(connection, location, bytes),
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
