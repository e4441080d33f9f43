/** The name of a file that is written first and then renamed; a killed process leaves it behind. */
export const temporaryName = (): string => `.${crypto.randomUUID()}.tmp`;

export const isTemporary = (name: string): boolean => /^\.[0-9a-f-]{36}\.tmp$/.test(name);
