import type * as z from 'zod';
import { type Definition, definitionSchema, type State, type StateBlock } from './definition.ts';
import { checkExpression, isExpression } from './expression.ts';
import { isJsonObject, type Json } from './json.ts';
import { MAX_DEFINITION_BYTES, MAX_STATE_NAME_LENGTH } from './limits.ts';
import { readResource } from './resource.ts';

/** A definition that AWS or this interpreter refuses, with the place and the reason. */
export class InvalidDefinition extends Error {
  override readonly name = 'InvalidDefinition';
}

/**
 * Reads a definition and checks everything that can be checked before an execution starts: shape,
 * transitions, resources, JSONata syntax, variable scopes.
 *
 * @param text JSON of the Amazon States Language in JSONata
 * @throws InvalidDefinition with every fault that was found
 */
export function parseDefinition(text: string): Definition {
  if (Buffer.byteLength(text) > MAX_DEFINITION_BYTES) throw new InvalidDefinition('The definition is over 1 MiB.');
  const raw = readJson(text);
  if (!isJsonObject(raw)) throw new InvalidDefinition('The definition is not a JSON object.');
  refuseJsonPath(raw, raw['QueryLanguage'] === 'JSONata', '');
  const parsed = definitionSchema.safeParse(raw);
  if (!parsed.success) throw new InvalidDefinition(parsed.error.issues.map(describeIssue).join('\n'));
  const faults: string[] = [];
  checkBlock(parsed.data, '', new Set(), faults);
  checkNames(parsed.data, new Set(), faults);
  if (faults.length > 0) throw new InvalidDefinition(faults.join('\n'));
  return parsed.data;
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new InvalidDefinition(
      `The definition is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** JSONPath is the default of the language, so a state must say JSONata itself or inherit it from the top. */
function refuseJsonPath(block: Json | undefined, inherited: boolean, path: string): void {
  if (!isJsonObject(block) || !isJsonObject(block['States'])) return;
  for (const [name, state] of Object.entries(block['States'])) {
    if (!isJsonObject(state)) continue;
    const language = state['QueryLanguage'] ?? (inherited ? 'JSONata' : 'JSONPath');
    if (language !== 'JSONata') {
      throw new InvalidDefinition(
        `${path}/States/${name} is written in JSONPath, which does not run here: set "QueryLanguage": "JSONata" and ` +
          'use Arguments, Output and Assign.',
      );
    }
    refuseJsonPath(state['ItemProcessor'], inherited, `${path}/States/${name}/ItemProcessor`);
    const branches = state['Branches'];
    if (!Array.isArray(branches)) continue;
    branches.forEach((branch, i) => refuseJsonPath(branch as Json, inherited, `${path}/States/${name}/Branches/${i}`));
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `/${issue.path.map(String).join('/')}: ${issue.message}`;
}

function checkBlock(block: StateBlock, path: string, outer: ReadonlySet<string>, faults: string[]): void {
  if (!Object.hasOwn(block.States, block.StartAt)) {
    faults.push(`${path}/StartAt: there is no state ${block.StartAt}.`);
  }
  const own = new Set<string>();
  for (const [name, state] of Object.entries(block.States)) {
    const at = `${path}/States/${name}`;
    if (name.length > MAX_STATE_NAME_LENGTH) faults.push(`${at}: the name is longer than ${MAX_STATE_NAME_LENGTH}.`);
    for (const next of targetsOf(state)) {
      if (!Object.hasOwn(block.States, next)) faults.push(`${at}: goes to ${next}, which is not a state beside it.`);
    }
    for (const variable of assignedBy(state)) {
      own.add(variable);
      if (variable === 'states') faults.push(`${at}/Assign: states is a reserved name.`);
      if (outer.has(variable)) faults.push(`${at}/Assign: ${variable} is assigned in an outer scope already.`);
    }
    checkFlow(state, at, faults);
    checkExpressions(state, at, faults);
  }
  const visible = new Set([...outer, ...own]);
  for (const [name, state] of Object.entries(block.States)) {
    for (const inner of blocksOf(state))
      checkBlock(inner.block, `${path}/States/${name}/${inner.key}`, visible, faults);
  }
}

/** A name stands for one state of the whole machine, wherever it is. */
function checkNames(block: StateBlock, seen: Set<string>, faults: string[]): void {
  for (const [name, state] of Object.entries(block.States)) {
    if (seen.has(name)) faults.push(`There are two states of the name ${name}.`);
    seen.add(name);
    for (const inner of blocksOf(state)) checkNames(inner.block, seen, faults);
  }
}

/** Blocks inside a state, with the key that leads to them. */
function blocksOf(state: State): { block: StateBlock; key: string }[] {
  if (state.Type === 'Map') return [{ block: state.ItemProcessor, key: 'ItemProcessor' }];
  if (state.Type !== 'Parallel') return [];
  return state.Branches.map((branch, i) => ({ block: branch, key: `Branches/${i}` }));
}

function targetsOf(state: State): string[] {
  const targets: (string | undefined)[] = [];
  if ('Next' in state) targets.push(state.Next);
  if (state.Type === 'Choice') targets.push(state.Default, ...state.Choices.map((rule) => rule.Next));
  if ('Catch' in state) targets.push(...(state.Catch ?? []).map((catcher) => catcher.Next));
  return targets.filter((target) => target !== undefined);
}

function assignedBy(state: State): string[] {
  const assigns = [
    'Assign' in state ? state.Assign : undefined,
    ...(state.Type === 'Choice' ? state.Choices.map((rule) => rule.Assign) : []),
    ...('Catch' in state ? (state.Catch ?? []).map((catcher) => catcher.Assign) : []),
  ];
  return assigns.flatMap((assign) => Object.keys(assign ?? {}));
}

function checkFlow(state: State, at: string, faults: string[]): void {
  if (state.Type === 'Task' && !readResource(state.Resource)) {
    faults.push(`${at}/Resource: ${state.Resource} can't be called here.`);
  }
  if (state.Type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
    faults.push(`${at}: a Wait needs either Seconds or Timestamp.`);
  }
  if (state.Type === 'Succeed' || state.Type === 'Fail' || state.Type === 'Choice') return;
  if ((state.Next === undefined) === (state.End !== true)) faults.push(`${at}: needs either Next or "End": true.`);
  if ('Retry' in state || 'Catch' in state) checkWildcards([state.Retry ?? [], state.Catch ?? []], at, faults);
}

/** `States.ALL` stands alone in its list, and only in the last entry. */
function checkWildcards(
  policies: readonly (readonly { ErrorEquals: readonly string[] }[])[],
  at: string,
  faults: string[],
): void {
  for (const policy of policies) {
    policy.forEach((entry, i) => {
      if (!entry.ErrorEquals.includes('States.ALL')) return;
      if (entry.ErrorEquals.length > 1 || i < policy.length - 1) {
        faults.push(`${at}: States.ALL must stand alone and in the last entry.`);
      }
    });
  }
}

/** Fields whose text is data or a name, never an expression, and fields that `checkBlock` visits by itself. */
const NOT_EVALUATED: ReadonlySet<string> = new Set([
  'Comment',
  'Next',
  'Default',
  'Resource',
  'Branches',
  'ItemProcessor',
]);

function checkExpressions(value: unknown, at: string, faults: string[]): void {
  if (typeof value === 'string') {
    const fault = isExpression(value) ? checkExpression(value) : undefined;
    if (fault) faults.push(`${at}: ${fault}`);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (!NOT_EVALUATED.has(key)) checkExpressions(member, `${at}/${key}`, faults);
  }
}
