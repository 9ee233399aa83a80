import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'bin/*.ts',
    'functions/*/handler.ts',
    'connector/main.ts',
    'connector/healthcheck.mjs',
    'local/launch.mjs',
    'local/main.ts',
    'local/receiver/main.ts',
    'sandbox/main.ts',
    'sandbox/phone/main.ts',
    'bench/main.ts',
    // Started as a process of its own by the bench.
    'bench/connector/raw-baileys.ts',
    'test/**/*.test.ts',
    // Started as processes of their own by their tests.
    'test/local/ecs/tied-child-parent.ts',
  ],
  project: ['{bin,lib,functions,connector,core,local,sandbox,bench,test}/**/*.{ts,mjs}'],
  // A schema or type beside what uses it may be named from outside; dead is what nobody uses at all.
  ignoreExportsUsedInFile: true,
  // Each schema of a contract has its type beside it, used or not yet.
  ignoreIssues: { 'core/contracts/**': ['types'] },
  // An oracle of signatures; its test is skipped where it is missing.
  ignoreBinaries: ['perl'],
  ignoreDependencies: [
    // Not imported but run, by their file or by another tool: Node itself, the emulator of DynamoDB, the linters, the
    // parser of dependency-cruiser, the CDK's command line; and files that functions/docs/assets.json copies.
    'node-linux-.*',
    '@dynoxide/.*',
    '@biomejs/biome',
    'oxlint',
    'oxlint-tsgolint',
    '@swc/core',
    'aws-cdk',
    'swagger-ui-dist',
  ],
};

export default config;
