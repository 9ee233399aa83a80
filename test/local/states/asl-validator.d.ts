declare module 'asl-validator' {
  /** Checks a definition against the JSON schemas of the language. */
  export default function validate(definition: object): { isValid: boolean; errorsText: () => string };
}
