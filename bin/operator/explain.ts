import { UsageError } from '../keys/target.ts';

/** What is told to an operator; only a defect of ours shows its stack. */
export function explain(error: unknown, usage: string): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError) return error.message;
  if ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) return `${error.message}\n\n${usage}`;
  if ('code' in error && error.code === 'ECONNREFUSED')
    return 'That Pombo does not run any more. Start it with "npm start".';
  if (error.name === 'CredentialsProviderError') return 'There are no AWS credentials in this shell.';
  if ('$metadata' in error) return `${error.name}: ${error.message}`;
  return error.stack ?? error.message;
}
