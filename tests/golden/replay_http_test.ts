/** Replays what the Python runtime answered over HTTP against the real server. */
import assert from "node:assert/strict";
import { bytesOf, type Case, httpCases, MODULES, payloadText } from "./cases.ts";
import { difference, faultsDifference, faultsOf } from "./compare.ts";
import { fromMsgpack } from "./decode.ts";
import { deviationOf, type Expectation, recordedExpectation, unknownIds } from "./deviations.ts";
import { type Json, parseExact, show, stringify } from "./exact_json.ts";
import { expanded, writtenFiles } from "./files.ts";
import { type HttpAnswer, request } from "./http_client.ts";
import { inParallel, serve } from "./program.ts";

const encoder = new TextEncoder();

for (const module of MODULES) {
  const cases = httpCases(module);
  Deno.test(`${module} has a case for every deviation listed for HTTP`, () => {
    assert.deepEqual(unknownIds("http", module, cases), []);
  });
  const byEnvironment = Map.groupBy(cases, ({ env }) => JSON.stringify(env ?? {}));
  for (const [environment, group] of byEnvironment) {
    const mode = environment === "{}" ? "" : ` with ${environment}`;
    Deno.test(`${module} answers ${group.length} requests as recorded${mode}`, async () => {
      assert.deepEqual(await replay(group, JSON.parse(environment)), []);
    });
  }
}

/** Sends all requests to one server; returns what is not as it should be. */
async function replay(cases: readonly Case[], env: Record<string, string>): Promise<string[]> {
  const folder = Deno.makeTempDirSync({ prefix: "golden-" });
  const folders = { cwd: folder, inputs: `${folder}/in`, outputs: `${folder}/out` };
  for (const path of [folders.inputs, folders.outputs]) Deno.mkdirSync(path);
  const wrong: string[] = [];
  try {
    await using server = await serve(cases[0]!.module, folders, env);
    const check = async (recorded: Case) => {
      const answer = await send(server.port, recorded, folders.inputs);
      const found = judge(recorded, answer, folders.outputs);
      if (found !== undefined) wrong.push(`${recorded.id}: ${found}`);
    };
    const [withFiles, without] = [cases.filter((c) => c.files_in), cases.filter((c) => !c.files_in)];
    for (const recorded of withFiles) {
      place(recorded.files_in!, folders.inputs);
      await check(recorded);
    }
    await inParallel(without, 8, check);
    const log = await server.stop();
    for (const { id, log: message = "" } of cases) {
      const [own] = /(diverged in|bad value in|layer \d does not fit).*$/.exec(message) ?? [];
      if (own !== undefined && !log.includes(own)) wrong.push(`${id}: the server's stderr does not say "${own}"`);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  return wrong;
}

/** Puts the files of a case where the program looks for them. */
function place(files: Readonly<Record<string, string>>, folder: string) {
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeFileSync(path, bytesOf(content));
  }
}

function send(port: number, recorded: Case, inputs: string): Promise<HttpAnswer> {
  const { endpoint, method = "POST", format, accept, query } = recorded;
  const text = payloadText(recorded, inputs);
  const body = text !== undefined
    ? encoder.encode(text)
    : recorded.payload_b64 !== undefined
    ? bytesOf(recorded.payload_b64)
    : undefined;
  const headers: Record<string, string | null> = {
    ...(accept ?? format) !== null && { Accept: accept ?? `application/${format}` },
    ...body !== undefined && { "Content-Type": "application/json" },
    ...recorded.headers,
  };
  const sent = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null);
  const target = `/${endpoint}${query === undefined ? "" : `?${query}`}`;
  return request(port, method, target, Object.fromEntries(sent), body);
}

/** What is wrong with an answer: it is not the expected one, or it is the recorded one where the contract says no. */
function judge(recorded: Case, answer: HttpAnswer, outputs: string): string | undefined {
  const deviation = deviationOf(recorded);
  const plain = recordedExpectation(recorded);
  const found = unlike(recorded, answer, deviation?.expected ?? plain, outputs);
  if (found !== undefined) return deviation === undefined ? found : `${found} (row ${deviation.row})`;
  if (deviation !== undefined && unlike(recorded, answer, plain, outputs) === undefined) {
    return `is listed under row ${deviation.row}, but the recorded answer holds`;
  }
  return undefined;
}

function unlike(recorded: Case, answer: HttpAnswer, expected: Expectation, outputs: string): string | undefined {
  const media = answer.headers.get("content-type")?.split(";")[0];
  const body = bodyOf(answer, media);
  if (answer.status !== expected.status) {
    return `status ${answer.status} instead of ${expected.status}: ${show(body)}`;
  }
  if (expected.media !== undefined && media !== expected.media) return `media type ${media}, not ${expected.media}`;
  if (expected.allow !== undefined) {
    const [allowed, wanted] = [answer.headers.get("allow") ?? "", expected.allow].map((text) =>
      new Set(text.split(/, */))
    );
    if (allowed!.symmetricDifference(wanted!).size > 0) return `Allow: ${answer.headers.get("allow")}`;
  }
  if (expected.faults !== undefined) return faultsDifference(faultsOf(body), expected.faults) ?? wording(body);
  if (expected.status === 500 && recorded.env !== undefined) return debugDifference(recorded, body);
  if (expected.result === undefined) return undefined;
  const files = expanded(writtenFiles(body, outputs));
  const wanted = expanded({ result: expected.result, content: recorded.files_out ?? {} });
  return difference(files.result, wanted.result) ?? difference(files.content, wanted.content, "files");
}

function bodyOf({ body }: HttpAnswer, media: string | undefined): Json | undefined {
  if (media === "application/msgpack") return fromMsgpack(body);
  const text = new TextDecoder().decode(body);
  try {
    return parseExact(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** In debug mode a 500 says what was thrown. */
function debugDifference(recorded: Case, body: Json | undefined): string | undefined {
  const text = stringify(body);
  const [own] = /(diverged in|bad value in).*$/.exec(recorded.log ?? "") ?? ["detail"];
  return text.includes(own) ? undefined : `the body does not say "${own}": ${text.slice(0, 300)}`;
}

/** A message is one plain sentence, not in the words of Python, NumPy and pydantic. */
function wording(body: Json | undefined): string | undefined {
  for (const { msg, ctx, input } of (body as { detail: { msg?: string; ctx?: Json; input?: Json }[] }).detail) {
    if (typeof msg !== "string" || msg === "") return "a fault without a message";
    if (/numpy|pydantic|python|ndarray|traceback|\b(dict|dictionary|None)\b|golden-/i.test(msg)) return `msg: ${msg}`;
    if (ctx !== undefined && (typeof ctx !== "object" || ctx === null)) return `ctx of "${msg}" is no object`;
    if (stringify(input).length > 500) return `input of "${msg}" is not short`;
  }
  return undefined;
}
