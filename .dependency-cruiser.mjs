/** Who may import whom (docs/architecture.md has the table with its reasons). */

/** Imports of an npm package, whatever folder it is installed in. */
const PACKAGE = 'node_modules/';
const BAILEYS = `${PACKAGE}@whiskeysockets/baileys/`;
const AWS_SDK = `${PACKAGE}@(aws-sdk|smithy)/`;
const CDK = `${PACKAGE}(aws-cdk-lib|constructs)/`;

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    forbid(
      'no-cycles',
      'A cycle can only be understood as a whole.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    forbid(
      'no-orphans',
      'Nobody needs it and it needs nobody: remove it.',
      {
        orphan: true,
        pathNot: [
          '\\.d\\.ts$',
          '\\.config\\.ts$',
          '^knip\\.ts$',
          '^\\.dependency-cruiser\\.mjs$',
          '^(local/launch|connector/healthcheck)\\.mjs$',
          '^functions/[^/]+/handler\\.ts$',
        ],
      },
      {},
    ),
    forbid(
      'no-unresolvable',
      'It has to be in package.json.',
      {},
      { couldNotResolve: true, pathNot: '^(aws-lambda)$' },
    ),
    forbid(
      'contracts-know-only-zod',
      'A contract is read by every release and every side.',
      { path: '^core/contracts/' },
      { pathNot: ['^core/contracts/', '^core/domain/', `${PACKAGE}zod/`] },
    ),
    forbid(
      'domain-is-pure',
      'Decisions run without a cloud, a socket or a process.',
      { path: '^core/domain/' },
      { path: [AWS_SDK, BAILEYS, CDK, '^core/adapters/', '^(node:)?(fs|net|http|https|child_process|process)(/|$)'] },
    ),
    forbid(
      'core-is-below',
      'core is shared, so it knows none of those who share it.',
      { path: '^core/' },
      { path: '^(functions|connector|lib|bin|local|sandbox|bench)/' },
    ),
    forbid(
      'functions-know-no-connector',
      'They meet in queues and tables (D16).',
      { path: '^functions/' },
      { path: ['^(connector|lib|bin|local|sandbox|bench)/', BAILEYS] },
    ),
    forbid(
      'connector-knows-no-functions',
      'They meet in queues and tables (D16).',
      { path: '^connector/' },
      { path: '^(functions|lib|bin|local|sandbox|bench)/' },
    ),
    forbid(
      'baileys-only-in-its-adapter',
      'Another engine can take its place (D16). The simulator may use its codec; the bench compares with it.',
      {
        path: '^(core|functions|connector|lib|bin|local|bench)/',
        pathNot: ['^connector/whatsapp/', '^bench/connector/raw-baileys\\.ts$'],
      },
      { path: BAILEYS },
    ),
    forbid(
      'sandbox-never-uses-the-socket',
      'A server that runs the client is no server (D14).',
      { path: '^sandbox/' },
      { path: `${BAILEYS}lib/Socket/` },
    ),
    forbid(
      'lib-describes-only',
      'Infrastructure refers to programs by folder, never by import.',
      { path: '^lib/' },
      {
        path: [
          '^(functions|connector|bin|local|sandbox|bench)/',
          '^core/(?!resource-names\\.ts$|observability/metrics\\.ts$)',
          AWS_SDK,
        ],
      },
    ),
    forbid(
      'cdk-only-in-lib',
      'One description of the infrastructure (D13).',
      { pathNot: '^(lib/|bin/pombo\\.ts$|test/)' },
      { path: CDK },
    ),
    forbid(
      'runner-reads-the-template',
      'The runner knows the template and the bundles, not the app (D13).',
      { path: '^(local|sandbox|bench)/' },
      { path: '^(lib|bin)/', pathNot: '^bin/(bundle|pombo|cost/prices)\\.ts$' },
    ),
    forbid(
      'runner-starts-bundles',
      'What runs locally is what is deployed: the bundles, not the sources.',
      { path: '^local/' },
      { path: '^(functions|connector)/' },
    ),
    forbid(
      'simulator-is-whatsapp',
      "WhatsApp's server knows nothing of Pombo.",
      { path: '^sandbox/' },
      { path: '^(functions|connector|lib|bin|local)/', pathNot: '^local/(clock|terminal)/' },
    ),
    forbid(
      'aws-sdk-in-adapters',
      'AWS is called by adapters and named where programs are put together.',
      { path: '^(core|lib|sandbox)/', pathNot: '^core/adapters/' },
      { path: AWS_SDK },
    ),
    forbid(
      'nobody-imports-tests',
      'Tests are at the edge; the bench stands there too and measures the same worlds.',
      { pathNot: '^(test|bench)/' },
      { path: '^test/' },
    ),
  ],
  options: {
    // TypeScript 7 has no JavaScript API: with the default parser nothing at all is seen, and nothing fails.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|cdk\\.out|\\.pombo|coverage)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
