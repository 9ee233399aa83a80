import process from 'node:process';
import type { Resource } from '../template/stack-model.ts';
import { TemplateError } from '../template/template-error.ts';

/** Values of secrets by the variable that a container gets them in, or by their ARN. */
export type Secrets = Readonly<Record<string, string>>;

type Definition = Resource<'AWS::ECS::TaskDefinition'>;

/**
 * The secrets of a task's container, which ECS would read from Secrets Manager or Parameter Store: from the file that
 * `npm start` was given, else from variables of the same name in this process.
 * @throws TemplateError that names each one that is missing
 */
export function containerSecrets(
  { logicalId, properties }: Definition,
  given: Secrets,
  inherited: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string>> {
  const wanted = properties.ContainerDefinitions.flatMap(({ Secrets: secrets }) => secrets);
  const found = wanted.map(
    ({ Name, ValueFrom }) => [Name, given[Name] ?? given[ValueFrom] ?? inherited[Name]] as const,
  );
  const missing = wanted.filter(({ Name }) => found.some(([name, value]) => name === Name && !value));
  if (missing.length === 0) return Object.fromEntries(found.map(([name, value]) => [name, value ?? '']));
  const lines = missing.map(({ Name, ValueFrom }) => `  ${Name} (${ValueFrom})`);
  throw new TemplateError(
    `${logicalId} needs secrets that this machine does not have:\n${lines.join('\n')}\n` +
      `Write them into a JSON file, { "${missing[0]?.Name}": "…" }, and start with --secrets <file>, or set environment variables of these names.`,
  );
}
