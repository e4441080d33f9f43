import type { RunKey } from "./state.ts";

const UUID = "[0-9a-f-]{36}";
const WHOLE_UUID = new RegExp(`^${UUID}$`);

/** Put before the name of a run in file names, since a run may have a name like that of a temporary file. */
export const PREFIX = "run_";

/** The files of a run that have its UUID in their names. */
export const PARTS = ["request", "state", "begun", "ended", "answer", "events"] as const;
export type Part = typeof PARTS[number];

const PART = new RegExp(`^(?:${PARTS.join("|")})\\.${UUID}$`);
const LISTED = new RegExp(`^${PREFIX}(.+)\\.(${UUID})$`);

export const isUuid = (text: string): boolean => WHOLE_UUID.test(text);

/** Is it the name of a file that has the UUID of its run? */
export const isPart = (name: string): boolean => PART.test(name);

/** The name of a run in the list of all runs. */
export const listedName = ({ run_id, uid }: RunKey): string => `${PREFIX}${run_id}.${uid}`;

/** The run that a name in the list of all runs stands for; `undefined` for another file. */
export function runListedAs(name: string): RunKey | undefined {
  const [, run_id, uid] = LISTED.exec(name) ?? [];
  return run_id === undefined || uid === undefined ? undefined : { run_id, uid };
}
