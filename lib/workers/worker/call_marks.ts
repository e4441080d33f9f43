/**
 * The worker's side of marks.
 * @module
 */
import { flushNativePrints, mergeStdoutIntoStderr } from "../../host/descriptors.ts";
import { interceptPrints } from "../../host/intercept_prints.ts";
import { onNativeCode, watchNativeCode } from "../../host/native_code.ts";
import { formatMark, type Mark, MARK_VARIABLE } from "../protocol/marks.ts";

/** Says when a call's turn comes, and when it is over. */
export interface CallMarks {
  begin(id: number): void;
  /** Was something printed, or may have been? */
  end(): boolean;
}

/**
 * Watches what this process prints from now on, on stderr alone, where the lines of both streams keep their order. A
 * call is marked before its first print of JavaScript; when it could print past JavaScript, from its beginning.
 */
export function watchPrints(): CallMarks {
  mergeStdoutIntoStderr();
  const secret = Deno.env.get(MARK_VARIABLE) ?? "";
  Deno.env.delete(MARK_VARIABLE);
  const writeSync = Deno.stderr.writeSync.bind(Deno.stderr);
  let running: number | undefined;
  let isMarked = false;
  let native = false;

  const print = (mark: Mark) => {
    const bytes = new TextEncoder().encode(formatMark(secret, mark));
    for (let done = 0; done < bytes.length;) done += writeSync(bytes.subarray(done));
  };
  const mark = () => {
    if (running === undefined || isMarked) return;
    isMarked = true;
    print({ kind: "begin", id: running });
  };
  interceptPrints((print) => {
    mark();
    return print();
  });
  watchNativeCode();
  onNativeCode(() => {
    native = true;
    mark();
  });
  return {
    begin(id) {
      running = id;
      isMarked = false;
      if (!native) return;
      // what was printed before is none of this call
      flushNativePrints();
      mark();
    },
    end() {
      if (native) flushNativePrints();
      if (isMarked) print({ kind: "end", id: running! });
      running = undefined;
      return isMarked;
    },
  };
}
