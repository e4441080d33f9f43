import { cut, escapeControls } from "../../message_text.ts";
import { formatOfFile } from "../../formats/registry.ts";
import { SMALL_BODY } from "../../http/limits.ts";
import type { Chunks } from "../../storage/backend.ts";
import { absolutePath, folderOf } from "../../storage/location.ts";
import { isUri } from "../../uri.ts";
import { quote, UsageError } from "../errors.ts";
import type { Surroundings } from "../io/io.ts";
import { openPayload, type Payload } from "../io/payload.ts";
import { isBlank, linesOf } from "./lines.ts";
import type { Share } from "./share.ts";

/** One of the payloads of `map`: a file, or a line of a file or of standard input. */
export interface NamedPayload {
  /** The name of its result. */
  readonly name: string;
  /** Opens it; may be called several times. Throws a `UsageError` if it cannot be read. */
  open(): Payload | Promise<Payload>;
  /** How many bytes of it are in memory already. */
  readonly size: number;
}

/** What an argument names: a payload, or a file with many. */
interface PayloadSource {
  /** As it was given. */
  readonly argument: string;
  /** What `openPayload` takes, with an absolute path. */
  readonly location: string;
  /** `undefined`: its lines are payloads. */
  readonly name: string | undefined;
  /** Is it a local file that is small enough to be read in one piece? */
  isSmall?: boolean;
}

export interface Payloads {
  /** The arguments again, with absolute paths. */
  readonly locations: readonly string[];
  /** The folder of the first file, local or a URI. */
  readonly folder: string | undefined;
  /** How many there are in a share; `undefined` if some come from standard input, which has not ended. */
  count(share: Share): number | undefined;
  /** Those of a share, one after the other. */
  read(share: Share): AsyncGenerator<NamedPayload>;
}

const STDIN = "@-";

/** Looks at all arguments. Throws a `UsageError` for a file that cannot be read, and for two payloads of one name. */
export async function findPayloads(args: readonly string[], surroundings: Surroundings): Promise<Payloads> {
  const sources = args.map((argument) => sourceOf(argument, surroundings.cwd));
  for (const source of sources) await checkReadable(source);
  const lists = sources.filter(({ name }) => name === undefined);
  if (lists.length > 1) {
    const [one, other] = lists.map(({ argument }) => argument);
    throw new UsageError(
      `the lines of ${one} and of ${other} would have the same names, their numbers: put them into one file`,
    );
  }
  const [list] = lists;
  const lines = list === undefined || list.location === STDIN ? undefined : await countLines(list, surroundings);
  checkNames(sources, list, lines);
  const count = sources.length - lists.length + (lines === undefined ? 0 : lines.total - lines.blank.size);
  return {
    locations: sources.map(({ location }) => location),
    folder: sources.filter(({ location }) => location !== STDIN).map(({ location }) => folderOf(location.slice(1)))[0],
    count: (share) => list?.location === STDIN ? undefined : share.sizeOf(count),
    async *read(share) {
      let position = 0;
      for (const source of sources) {
        if (source.name !== undefined) {
          if (share.has(position++)) yield fileAt(source.name, source, surroundings);
          continue;
        }
        for await (const line of linesIn(source, surroundings)) if (share.has(position++)) yield line;
      }
    },
  };
}

function sourceOf(argument: string, cwd: string): PayloadSource {
  const place = argument.replace(/^@/, "");
  if (argument === STDIN) return { argument, location: STDIN, name: undefined };
  if (/^\s*[{[]/.test(argument)) {
    throw new UsageError(
      `${quote(cut(argument, 40))}: expected a file; write payloads to files, or as lines to ${STDIN}`,
    );
  }
  const location = isUri(place) ? place : absolutePath(place, cwd);
  const file = isUri(place) ? place.replace(/[?#].*$/, "") : location;
  const base = file.slice(file.lastIndexOf("/") + 1);
  if (escapeControls(base) !== base) throw new UsageError(`${argument}: the name of a payload has control characters`);
  if (base.endsWith(".jsonl")) return { argument, location: `@${location}`, name: undefined };
  return { argument, location: `@${location}`, name: base.replace(/(?<=.)\.(?:json|msgpack)$/, "") };
}

async function checkReadable(source: PayloadSource): Promise<void> {
  const { argument, location } = source;
  const path = location.slice(1);
  if (location === STDIN || isUri(path)) return;
  const found = await Deno.stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new UsageError(
      `${argument}: cannot be read: no such file${argument === "-" ? `; standard input is ${STDIN}` : ""}`,
    );
  }
  if (found.isDirectory) throw new UsageError(`${argument}: is a folder; for the files in it write ${argument}/*.json`);
  source.isSmall = found.isFile && found.size <= SMALL_BODY;
}

interface Lines {
  readonly total: number;
  /** The numbers of blank lines, which are not payloads. */
  readonly blank: ReadonlySet<number>;
}

async function countLines(source: PayloadSource, surroundings: Surroundings): Promise<Lines> {
  const blank = new Set<number>();
  let total = 0;
  const { chunks } = await openPayload(source.location, surroundings);
  for await (const line of linesOf(chunks)) {
    total++;
    if (isBlank(line)) blank.add(total);
  }
  return { total, blank };
}

function checkNames(
  sources: readonly PayloadSource[],
  list: PayloadSource | undefined,
  lines: Lines | undefined,
): void {
  const known = new Map<string, string>();
  for (const { name, argument } of sources) {
    if (name === undefined) continue;
    const number = list !== undefined && /^[1-9]\d*$/.test(name) ? Number(name) : Infinity;
    // The number of lines on standard input is not known yet.
    const isLine = lines === undefined ? number < Infinity : number <= lines.total && !lines.blank.has(number);
    const other = known.get(name) ?? (isLine ? `a line of ${list!.argument}` : undefined);
    if (other !== undefined) {
      throw new UsageError(`two payloads have the name ${quote(name)}: ${other} and ${argument}; rename one of them`);
    }
    known.set(name, argument);
  }
}

function fileAt(name: string, { location, isSmall }: PayloadSource, surroundings: Surroundings): NamedPayload {
  const path = location.slice(1);
  const open = async (): Promise<Payload> => {
    // A fifth less time for each payload than by `openPayload`, which reports the error if this fails.
    const bytes = isSmall ? await Deno.readFile(path).catch(() => undefined) : undefined;
    if (bytes === undefined) return await openPayload(location, surroundings);
    return { chunks: [bytes], format: formatOfFile(path), folder: folderOf(path) };
  };
  return { name, size: 0, open };
}

async function* linesIn({ location }: PayloadSource, surroundings: Surroundings): AsyncGenerator<NamedPayload> {
  const folder = location === STDIN ? undefined : folderOf(location.slice(1));
  const chunks: Chunks = location === STDIN
    ? surroundings.io.stdin()
    : (await openPayload(location, surroundings)).chunks;
  let number = 0;
  for await (const line of linesOf(chunks)) {
    number++;
    if (isBlank(line)) continue;
    yield { name: String(number), size: line.length, open: () => ({ chunks: [line], format: "json", folder }) };
  }
}
