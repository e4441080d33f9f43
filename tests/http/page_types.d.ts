/** The types of the page's modules that tests import: they are plain JavaScript. */

export interface Field {
  kind: string;
  isOn?: boolean;
  isFixed?: boolean;
  chosen?: number;
  value?: unknown;
  text?: string;
  inner?: Field;
  options?: unknown[];
  fields?: Record<string, Field>;
  items?: Field[];
  maxItems?: number;
  entries?: { key: string; field: Field }[];
  make?: () => Field;
  view?: unknown;
}

export class Fields {
  constructor(document: unknown);
  make(schema: unknown, value?: unknown): Field;
  // deno-lint-ignore no-explicit-any
  resolve(schema: unknown): any;
}
export function payloadOf(field: Field): unknown;
export function jsonText(value: unknown, indent?: number): string;
export function parseJson(text: string): unknown;
export function snippets(url: string, inputs: unknown, isKeyed: boolean): Record<string, string>;

interface Fault {
  loc: readonly (string | number)[];
  msg: string;
}
export function showFaults(root: Field, faults: readonly Fault[]): { unplaced: Fault[]; first: Field | undefined };

export function longRun(
  run: { readonly body?: string; readonly id?: string },
  signal: AbortSignal,
  tell: (type: string, data?: unknown) => void,
): Promise<unknown>;
