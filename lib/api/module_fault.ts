/** One thing that is wrong with a user module. */
export interface ModuleFault {
  /** The file that it is in, absolute: the module, or for a fault in an import the file that it imports. */
  readonly file: string;
  /** The name of the export, or of the member of the default export. */
  readonly export?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly message: string;
}

/** The fault for people: `/home/me/tesseract_api.ts: apply: is missing, …`. */
export function describeModuleFault({ file, export: name, line, column, message }: ModuleFault): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return `${place}: ${name === undefined ? "" : `${name}: `}${message}`;
}

/** A user module that cannot be used, and all the reasons. */
export class BrokenModule extends Error {
  override name = "BrokenModule";
  constructor(readonly faults: readonly ModuleFault[]) {
    super(faults.map(describeModuleFault).join("\n"));
  }
}
