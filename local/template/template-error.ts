/** A template that this machine can't run. The message says what stands where and what to do about it. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
