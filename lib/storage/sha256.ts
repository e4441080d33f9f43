/** What the AWS SDK hashes. */
type SourceData = string | ArrayBuffer | ArrayBufferView;

/**
 * SHA-256 for the AWS SDK, and HMAC with it where there is a secret, by Web Crypto: other parts of an upload go on
 * while one is hashed. (The SDK's own, by `node:crypto`, stops JavaScript meanwhile, and Deno 2.4 calls it deprecated.)
 */
export class Sha256 {
  #data = new Uint8Array(0);

  constructor(private readonly secret?: SourceData) {}

  update(data: SourceData): void {
    const added = bytesOf(data);
    if (this.#data.length === 0) return void (this.#data = added);
    const all = new Uint8Array(this.#data.length + added.length);
    all.set(this.#data);
    all.set(added, this.#data.length);
    this.#data = all;
  }

  async digest(): Promise<Uint8Array> {
    if (this.secret === undefined) return new Uint8Array(await crypto.subtle.digest("SHA-256", this.#data));
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", bytesOf(this.secret), hmac, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign(hmac, key, this.#data));
  }

  reset(): void {
    this.#data = new Uint8Array(0);
  }
}

function bytesOf(data: SourceData): Uint8Array<ArrayBuffer> {
  if (typeof data === "string") return new TextEncoder().encode(data);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}
