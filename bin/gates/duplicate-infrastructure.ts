import { readFileSync } from 'node:fs';
import path from 'node:path';
import { METRICS_NAMESPACE, Metric } from '../../core/observability/metrics.ts';
import { Env, Index } from '../../core/resource-names.ts';
import { type Gate, sourceFiles } from './gate.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly says: string;
  /** Where the thing may stand. */
  readonly allowed: RegExp;
}

const literalOf = (names: readonly string[]): RegExp => new RegExp(`(['"])(${names.join('|')})\\1`);

/** Each thing has one place; the runner, the bill and the gates may name CloudFormation's types, because they read templates. */
const RULES: readonly Rule[] = [
  {
    pattern: /\bAWS::[A-Z]\w+::\w+/,
    says: 'a CloudFormation type: infrastructure is described in lib/ only',
    allowed: /^(lib|local|bin\/(cost|gates))\//,
  },
  {
    pattern: /\b(CreateTable|CreateQueue|CreateBucket|CreateTopic|CreateStateMachine)Command\b/,
    says: 'a resource made by hand: infrastructure is described in lib/ only',
    // A queue that is made to be looked at, and removed.
    allowed: /^(lib\/|bin\/smoke\/queue-order\.ts$)/,
  },
  {
    pattern: literalOf(Object.values(Env)),
    says: 'the name of a variable: take it from Env in core/resource-names.ts',
    allowed: /^core\/resource-names\.ts$/,
  },
  {
    pattern: literalOf(Object.values(Index)),
    says: 'the name of an index: take it from Index in core/resource-names.ts',
    allowed: /^core\/resource-names\.ts$/,
  },
  {
    pattern: literalOf(Object.values(Metric)),
    says: `the name of a metric in ${METRICS_NAMESPACE}: take it from Metric in core/observability/metrics.ts`,
    allowed: /^core\/observability\/metrics\.ts$/,
  },
];

/** Nothing about the infrastructure is written down a second time (D13). */
export const duplicateInfrastructureGate: Gate = {
  name: 'duplicate infrastructure',
  async run(root) {
    return sourceFiles(root).flatMap((file) => {
      const rules = RULES.filter(({ allowed }) => !allowed.test(file));
      const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
      return lines.flatMap((line, index) =>
        rules
          .map(({ pattern, says }) => ({ found: pattern.exec(line)?.[0], says }))
          .filter(({ found }) => found !== undefined)
          .map(({ found, says }) => `${file}:${index + 1}: ${found} is ${says}`),
      );
    });
  },
};
