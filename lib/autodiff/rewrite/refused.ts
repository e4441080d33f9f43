/** Syntax that cannot be followed. */
export class Refused extends SyntaxError {
  override name = "Refused";
  /** `offset`: where it stands in the text. */
  constructor(message: string, readonly offset: number) {
    super(message);
  }
}
