/**
 * The final state of a run, from the response to its call.
 * @module
 */
import { type FaultJson, faultLines } from "../../schema/messages.ts";
import { shortened } from "../../runs/record_text.ts";
import { ANSWER_HEADERS, type RunState } from "../../runs/long/state.ts";
import { StorageError } from "../../storage/error.ts";
import type { Chunks } from "../../storage/backend.ts";

/** The part of the state that is final. */
export type Ending = Pick<RunState, "status" | "error" | "answer">;

/** Stores the answer, and returns the final state: if the answer cannot be stored, the run has failed. */
export async function endingOf(response: Response, store: (chunks: Chunks) => Promise<void>): Promise<Ending> {
  const { status } = response;
  const kept = ANSWER_HEADERS.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const answer = { status, headers: Object.fromEntries(kept) };
  try {
    if (status === 200) {
      await store(response.body ?? []);
      return { status: "succeeded", error: null, answer };
    }
    const bytes = await response.bytes();
    const error = errorIn(new TextDecoder().decode(bytes));
    await store([bytes]);
    return { status: "failed", error, answer };
  } catch (error) {
    return failed(`The answer could not be stored: ${reasonOf(error)}`);
  }
}

/** The end of a run that has no answer. */
export const failed = (reason: string): Ending => ({ status: "failed", error: shortened(reason), answer: null });

/** An error in words for clients, which must not learn where something is stored. */
export const reasonOf = (error: unknown): string =>
  error instanceof StorageError ? error.reason : error instanceof Error ? error.message : String(error);

/** The detail of an error's body, in one line for people. */
function errorIn(text: string): string {
  let words = text;
  try {
    const { detail, message } = JSON.parse(text) as { detail: string | readonly FaultJson[]; message?: string };
    words = message ?? (typeof detail === "string" ? detail : faultLines(detail));
  } catch {
    // It is not JSON: the whole text is shown.
  }
  return shortened(words);
}
