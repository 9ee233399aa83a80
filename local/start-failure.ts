/** Why Pombo can't start, in a sentence that says what to do; shown without a stack. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}
