import { AwsError } from '../aws/json-protocol.ts';
import { MAX_NAME_LENGTH, MAX_STATE_DATA_BYTES } from './limits.ts';

/** Characters that StartExecution refuses in a name: white space, brackets, wildcards, specials, controls. */
// oxlint-disable-next-line no-control-regex -- the API names control characters
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;

/** @throws AwsError InvalidName */
export function readExecutionName(name: string): string {
  if (name.length > 0 && name.length <= MAX_NAME_LENGTH && !FORBIDDEN.test(name)) return name;
  throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

/** Input of an execution or output of a task, JSON text. @throws AwsError InvalidExecutionInput or `code` */
export function readExecutionInput(text: string, code = 'InvalidExecutionInput'): string {
  if (Buffer.byteLength(text) > MAX_STATE_DATA_BYTES) {
    const member = code === 'InvalidExecutionInput' ? 'input' : 'output';
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${MAX_STATE_DATA_BYTES}`,
    );
  }
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new AwsError(code, `Invalid State Machine Execution Input: '${error instanceof Error ? error.message : ''}'`);
  }
}
