import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { Gate } from './gate.ts';

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

const DependenciesSchema = z.record(z.string(), z.string()).default({});
const ManifestSchema = z.object({
  dependencies: DependenciesSchema,
  devDependencies: DependenciesSchema,
  optionalDependencies: DependenciesSchema,
});

/** Each dependency is pinned to one version: `latest` of two of ours has been an accident (house style, version facts). */
export const pinnedVersionsGate: Gate = {
  name: 'pinned versions',
  async run(root) {
    const manifest = ManifestSchema.parse(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')));
    return Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies })
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `package.json: ${name} is "${version}", not one exact version`);
  },
};
