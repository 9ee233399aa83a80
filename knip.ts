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
    'test/**/*.test.ts',
  ],
  project: ['{bin,lib,functions,connector,core,local,sandbox,bench,test}/**/*.{ts,mjs}'],
  ignoreDependencies: [
    // Not imported: Node itself and the DynamoDB emulator for the platform, the parser of dependency-cruiser, the types
    // behind oxlint's rules, the CDK's command line.
    'node-linux-.*',
    '@dynoxide/.*',
    '@swc/core',
    'oxlint-tsgolint',
    'aws-cdk',
  ],
};

export default config;
