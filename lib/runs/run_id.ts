/** The names that a run may have, as a regular expression. `.` and `..` would name other folders. */
export const RUN_ID_PATTERN = "^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,128}$";
