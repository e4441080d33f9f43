/**
 * Two things that stores of objects do not have as such: folders, and creating an object only if there is none.
 * @module
 */
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { StorageError } from "./error.ts";
import { parseS3 } from "./location.ts";
import { retrying } from "./request.ts";
import { addressOf, type S3Connection } from "./s3_client.ts";
import { S3Refused } from "./s3_faults.ts";

/** How often creating an object is tried if the store reports a conflict (409) with another writer. */
const MOST_CONFLICTS = 5;

/**
 * Writes an object unless there is one, by a conditional write (`If-None-Match: *`). Resolves with whether it did.
 * Different writers have to write different bytes: if the response to an attempt was lost, the bytes show whose object
 * it is.
 */
export async function createObject(
  connection: S3Connection,
  location: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const command = () => new PutObjectCommand({ ...addressOf(location), Body: bytes, IfNoneMatch: "*" });
  let attempts = 0;
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts++) {
    const { response } = await retrying(connection.policy, () => {
      attempts++;
      return connection.send(location, command(), [409, 412]);
    }).catch((error) => {
      if (!(error instanceof S3Refused && error.code === "NotImplemented")) throw error;
      throw new StorageError("unsupported", location, "the store has no conditional writes (If-None-Match)");
    });
    if (response.status === 412) return attempts > 1 && await hasBytes(connection, location, bytes);
    if (response.status !== 409) return true;
  }
  throw new StorageError("failed", location, "other writers are in the way (409); try again");
}

async function hasBytes(connection: S3Connection, location: string, bytes: Uint8Array): Promise<boolean> {
  const found = await retrying(connection.policy, async () => {
    const { response } = await connection.send(location, new GetObjectCommand(addressOf(location)));
    return await Array.fromAsync(response.chunks());
  });
  let at = 0;
  for (const chunk of found) for (const byte of chunk) if (byte !== bytes[at++]) return false;
  return at === bytes.length;
}

interface Listed {
  readonly Contents?: readonly { readonly Key?: string }[];
  readonly CommonPrefixes?: readonly { readonly Prefix?: string }[];
  readonly NextContinuationToken?: string;
}

/** The keys of the objects in a folder, relative to it; with a delimiter, a folder in it is one name, `name/`. */
export async function listObjects(connection: S3Connection, folder: string, delimiter?: "/"): Promise<string[]> {
  const { bucket, key } = parseS3(folder);
  const Prefix = key === "" || key.endsWith("/") ? key : `${key}/`;
  const names: string[] = [];
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix,
      ...delimiter && { Delimiter: delimiter },
      ...token !== undefined && { ContinuationToken: token },
    });
    const { output } = await retrying(connection.policy, () => connection.send(folder, command));
    const { Contents = [], CommonPrefixes = [], NextContinuationToken } = output as Listed;
    for (const found of [...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)]) {
      if (found !== undefined && found !== Prefix) names.push(found.slice(Prefix.length));
    }
    token = NextContinuationToken;
  } while (token !== undefined);
  return names;
}
