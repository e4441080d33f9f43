import config from "../../deno.json" with { type: "json" };

/** This program's own version. */
export const VERSION: string = config.version;
