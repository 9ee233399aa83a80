import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { App, CloudFormationValidatePlugin, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import * as z from 'zod';
import {
  type DeploymentConfig,
  DeploymentConfigError,
  optionsFromContext,
  parseDeploymentConfig,
} from '../lib/config/deployment-config.ts';
import { PomboStack } from '../lib/pombo-stack.ts';
import { acknowledgeFindings } from '../lib/validation/acknowledgements.ts';
import { HOUSE_RULES } from '../lib/validation/house-rules.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** JSON file with deployment options. */
const CONFIG_FILE_VARIABLE = 'POMBO_CONFIG';

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

/** cdk.json's context: without the CDK's feature flags another product would come out. */
function committedContext(): Record<string, unknown> {
  return readJson(path.join(ROOT, 'cdk.json'))['context'] as Record<string, unknown>;
}

function optionsFromFile(): Record<string, unknown> {
  const file = process.env[CONFIG_FILE_VARIABLE];
  if (file === undefined || file === '') return {};
  if (!existsSync(file)) throw new DeploymentConfigError(`${CONFIG_FILE_VARIABLE} names ${file}, which does not exist`);
  try {
    return z.record(z.string(), z.unknown()).parse(readJson(file));
  } catch (cause) {
    throw new DeploymentConfigError(`${CONFIG_FILE_VARIABLE} names ${file}, which holds no JSON object`, { cause });
  }
}

export interface SynthesizeOptions {
  /** Folder for the cloud assembly; @default what the CDK CLI says, else cdk.out */
  readonly outdir?: string;
  /** Folder that bundle() filled; @default what POMBO_DIST says, else dist */
  readonly dist?: string;
  /** Options on top of those from context and file. */
  readonly config?: Readonly<Partial<DeploymentConfig>>;
}

/**
 * Synthesizes the stack `Pombo` from the bundles in dist/ (see bundle.ts).
 * Meant for a process of its own: the CDK and its validator keep some 300 MB.
 * @throws DeploymentConfigError for a configuration that can't be used, and the CDK's error for a template that breaks a rule.
 */
export async function synthesize({ outdir, dist, config = {} }: SynthesizeOptions = {}): Promise<void> {
  // Without a folder the CDK would write into a temporary one that nobody finds.
  const folder = outdir ?? process.env['CDK_OUTDIR'] ?? path.join(ROOT, 'cdk.out');
  const app = new App({ context: committedContext(), outdir: folder });
  // The CDK's own switch: the rules take most of the time, and `npm run check` has them on.
  if (process.env['CDK_VALIDATION'] !== 'false') {
    Validations.of(app).addPlugins(
      new CloudFormationValidatePlugin({ guardRules: HOUSE_RULES }),
      new AwsSolutionsChecks(app),
      new ServerlessChecks(app),
    );
  }
  const version = String(readJson(path.join(ROOT, 'package.json'))['version']);
  const stack = new PomboStack(app, 'Pombo', {
    description: `Pombo ${version}: WhatsApp gateway`,
    release: {
      config: parseDeploymentConfig({
        ...optionsFromFile(),
        ...optionsFromContext(app.node.getAllContext() as Record<string, unknown>),
        ...config,
      }),
      version,
      dist: dist ?? process.env['POMBO_DIST'] ?? path.join(ROOT, 'dist'),
    },
  });
  acknowledgeFindings(stack);
  Tags.of(app).add('Application', 'Pombo');
  app.synth();
}

if (import.meta.main) {
  try {
    await synthesize();
  } catch (error) {
    if (!(error instanceof DeploymentConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
