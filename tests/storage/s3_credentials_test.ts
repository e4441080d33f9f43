/** Credentials are found where AWS's own tools look for them. The services that give them are played by this process. */
import assert from "node:assert/strict";
import { StorageError } from "../../lib/storage/error.ts";
import { s3Storage } from "../../lib/storage/s3.ts";
import { FakeS3 } from "./fake_s3.ts";
import { fault, IMPATIENT, inFolder, numbered } from "./helpers.ts";

/** A store, and a server that answers every other request with a text. */
interface Scene {
  readonly store: FakeS3;
  readonly folder: string;
  /** Writes a file, and returns its path. */
  file(name: string, text: string): string;
  /** Answers requests by their path; returns its URL. */
  serve(answers: (request: Request) => string): string;
}

/** Runs a test with these variables, and no other of AWS. */
async function inScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await using store = new FakeS3();
    const servers: Deno.HttpServer[] = [];
    try {
      await test({
        store,
        folder,
        file(name, text) {
          const path = `${folder}/${name}`;
          Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
          Deno.writeTextFileSync(path, text);
          return path;
        },
        serve(answers) {
          const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
          const server = Deno.serve(options, (request) => new Response(answers(request)));
          servers.push(server);
          return `http://127.0.0.1:${server.addr.port}`;
        },
      });
    } finally {
      for (const server of servers) await server.shutdown();
    }
  });
}

/** Writes an object with the credentials that variables lead to; returns the key that the request was signed with. */
async function keyUsed({ store, folder }: Scene, variables: Record<string, string>): Promise<string> {
  const all: Record<string, string> = {
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: `${folder}/none`,
    AWS_SHARED_CREDENTIALS_FILE: `${folder}/none`,
    HOME: folder,
    ...variables,
  };
  const before = Object.keys({ ...Deno.env.toObject(), ...all }).filter((name) => name in all || /^AWS_/.test(name))
    .map((name) => [name, Deno.env.get(name)] as const);
  for (const [name] of before) Deno.env.delete(name);
  for (const [name, value] of Object.entries(all)) Deno.env.set(name, value);
  try {
    await s3Storage(undefined, IMPATIENT).write("s3://b/k", [numbered(1)]);
  } finally {
    for (const [name, value] of before) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  }
  const { target, headers } = store.seen.at(-1)!;
  assert.equal(target, "/b/k");
  return /Credential=([^/]+)\//.exec(headers.get("authorization")!)![1]!;
}

/** The same where a service on the machine gives them: the SDK waits for that for a second only, and asks once. */
async function keyOfService(scene: Scene, variables: Record<string, string>): Promise<string> {
  for (let tries = 1;; tries++) {
    try {
      return await keyUsed(scene, variables);
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

const LATER = new Date(Date.now() + 3_600_000).toISOString();
const endpoint = ({ store }: Scene) => store.variable("AWS_ENDPOINT_URL")!;

Deno.test("a profile gives keys, region and store", () =>
  inScene(async (scene) => {
    const AWS_CONFIG_FILE = scene.file(
      "config",
      `[profile lab]\naws_access_key_id = from-profile\naws_secret_access_key = s\nregion = eu-north-1\n` +
        `endpoint_url = ${endpoint(scene)}\n`,
    );
    assert.equal(await keyUsed(scene, { AWS_CONFIG_FILE, AWS_PROFILE: "lab" }), "from-profile");
    assert.match(scene.store.seen[0]!.headers.get("authorization")!, /\/eu-north-1\/s3\//);
    await assert.rejects(keyUsed(scene, { AWS_CONFIG_FILE, AWS_PROFILE: "typo" }), fault("denied", /AWS_PROFILE/));
  }));

Deno.test("the default profile counts, but keys in the environment come first", () =>
  inScene(async (scene) => {
    const AWS_SHARED_CREDENTIALS_FILE = scene.file(
      "credentials",
      "[default]\naws_access_key_id = from-file\naws_secret_access_key = s\n",
    );
    const variables = { AWS_SHARED_CREDENTIALS_FILE, AWS_ENDPOINT_URL: endpoint(scene) };
    assert.equal(await keyUsed(scene, variables), "from-file");
    const keys = { AWS_ACCESS_KEY_ID: "from-environment", AWS_SECRET_ACCESS_KEY: "s" };
    assert.equal(await keyUsed(scene, { ...variables, ...keys }), "from-environment");
  }));

Deno.test("a program gives credentials", () =>
  inScene(async (scene) => {
    const answer = scene.file(
      "answer",
      JSON.stringify({ Version: 1, AccessKeyId: "from-program", SecretAccessKey: "s", Expiration: LATER }),
    );
    const AWS_CONFIG_FILE = scene.file("config", `[default]\ncredential_process = cat ${answer}\n`);
    assert.equal(await keyUsed(scene, { AWS_CONFIG_FILE, AWS_ENDPOINT_URL: endpoint(scene) }), "from-program");
  }));

Deno.test("a web identity, such as a Kubernetes service account, gives credentials", () =>
  inScene(async (scene) => {
    let asked = "";
    const AWS_ENDPOINT_URL_STS = scene.serve((request) => {
      asked = request.method;
      return `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>` +
        `<AccessKeyId>from-identity</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>` +
        `<Expiration>${LATER}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>` +
        `</AssumeRoleWithWebIdentityResponse>`;
    });
    const AWS_WEB_IDENTITY_TOKEN_FILE = scene.file("token", "a.b.c");
    const variables = {
      AWS_ENDPOINT_URL_STS,
      AWS_WEB_IDENTITY_TOKEN_FILE,
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/lab",
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL_S3: endpoint(scene),
    };
    assert.equal(await keyUsed(scene, variables), "from-identity");
    assert.equal(asked, "POST");
    assert.equal(scene.store.seen[0]!.headers.get("x-amz-security-token"), "t");
  }));

Deno.test("a container's role gives credentials", () =>
  inScene(async (scene) => {
    const url = scene.serve(() =>
      JSON.stringify({ AccessKeyId: "from-container", SecretAccessKey: "s", Token: "t", Expiration: LATER })
    );
    const variables = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/role`,
      AWS_ENDPOINT_URL: endpoint(scene),
    };
    assert.equal(await keyOfService(scene, variables), "from-container");
  }));

Deno.test("the role of a virtual machine gives credentials", () =>
  inScene(async (scene) => {
    const AWS_EC2_METADATA_SERVICE_ENDPOINT = scene.serve(({ url }) => {
      const { pathname } = new URL(url);
      if (pathname === "/latest/api/token") return "token";
      if (pathname.endsWith("/security-credentials/")) return "role";
      const keys = { AccessKeyId: "from-machine", SecretAccessKey: "s", Token: "t", Expiration: LATER };
      return JSON.stringify({ Code: "Success", Type: "AWS-HMAC", LastUpdated: LATER, ...keys });
    });
    const variables = {
      AWS_EC2_METADATA_DISABLED: "",
      AWS_EC2_METADATA_SERVICE_ENDPOINT,
      AWS_ENDPOINT_URL: endpoint(scene),
    };
    assert.equal(await keyOfService(scene, variables), "from-machine");
  }));

Deno.test("an SSO session gives credentials, and where it has expired the error says what to do", () =>
  inScene(async (scene) => {
    const AWS_ENDPOINT_URL_SSO = scene.serve(() =>
      JSON.stringify({
        roleCredentials: {
          accessKeyId: "from-sso",
          secretAccessKey: "s",
          sessionToken: "t",
          expiration: Date.now() + 3.6e6,
        },
      })
    );
    const AWS_CONFIG_FILE = scene.file(
      "config",
      `[default]\nsso_session = lab\nsso_account_id = 123456789012\nsso_role_name = role\n` +
        `[sso-session lab]\nsso_region = eu-west-1\nsso_start_url = https://lab.awsapps.com/start\n`,
    );
    const sha1 = new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode("lab")));
    const hash = Array.from(sha1, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const session = (expiresAt: string) =>
      scene.file(`.aws/sso/cache/${hash}.json`, JSON.stringify({ accessToken: "sesame", expiresAt }));
    const variables = { AWS_CONFIG_FILE, AWS_ENDPOINT_URL_SSO, AWS_ENDPOINT_URL_S3: endpoint(scene) };
    session(LATER);
    assert.equal(await keyUsed(scene, variables), "from-sso");
    session(new Date(0).toISOString());
    await assert.rejects(keyUsed(scene, variables), fault("denied", /aws sso login/));
  }));

Deno.test("where there are no credentials the error says how to give some, and shows no secret", () =>
  inScene(async (scene) => {
    const variables = { AWS_ENDPOINT_URL: endpoint(scene) };
    await assert.rejects(keyUsed(scene, variables), fault("denied", /set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/));
    await assert.rejects(keyUsed(scene, { ...variables, AWS_ACCESS_KEY_ID: "k" }), fault("denied", /AWS_SECRET_ACC/));
    const commands = ["sh -c 'echo sesame >&2; exit 1' sesame", "echo sesame", "no-such-program sesame"];
    for (const [i, command] of commands.entries()) {
      const AWS_CONFIG_FILE = scene.file(`config${i}`, `[default]\ncredential_process = ${command}\n`);
      await assert.rejects(keyUsed(scene, { ...variables, AWS_CONFIG_FILE }), (error) => {
        assert(error instanceof StorageError && error.kind === "denied");
        assert(!Deno.inspect(error).includes("sesame"), Deno.inspect(error));
        return true;
      });
    }
    assert.deepEqual(scene.store.seen, []);
  }));
