import { beforeAll, describe, expect, it } from 'vitest';
import { boundariesGate } from '../../bin/gates/boundaries.ts';
import { plantedTree } from './planted-tree.ts';

const COPIED = ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'];

/** A tree in which everything that is allowed is done. */
const ALLOWED = {
  'core/domain/ids.ts': "import * as z from 'zod';\n\nexport const id = z.string();\n",
  'core/contracts/event.ts':
    "import * as z from 'zod';\nimport { id } from '../domain/ids.ts';\n\nexport const event = z.object({ id });\n",
  'core/adapters/queue.ts': "import { SQSClient } from '@aws-sdk/client-sqs';\n\nexport const sqs = new SQSClient();\n",
  'functions/graph/handler.ts':
    "import { sqs } from '#core/adapters/queue.ts';\nimport { event } from '#core/contracts/event.ts';\n\nvoid [sqs, event];\n",
  'connector/main.ts':
    "import { event } from '#core/contracts/event.ts';\nimport { socket } from './whatsapp/socket.ts';\n\nvoid [socket, event];\n",
  'connector/whatsapp/socket.ts':
    "import makeWASocket from '@whiskeysockets/baileys';\n\nexport const socket = makeWASocket;\n",
  'lib/stack.ts': "import { App } from 'aws-cdk-lib';\n\nvoid App;\n",
  'local/main.ts': "import { server } from '../sandbox/server.ts';\n\nvoid server;\n",
  'sandbox/server.ts': "import { proto } from '@whiskeysockets/baileys';\n\nexport const server = proto;\n",
};

/** Each breaks one rule: in which folder, and how. Each has a file of its own, so that one run sees all. */
const PLANTED: readonly (readonly [rule: string, folder: string, content: string])[] = [
  ['functions-know-no-connector', 'functions/graph', "import '../../connector/main.ts';\n"],
  ['functions-know-no-connector', 'functions/graph', "import '@whiskeysockets/baileys';\n"],
  ['connector-knows-no-functions', 'connector', "import '../functions/graph/handler.ts';\n"],
  ['baileys-only-in-its-adapter', 'connector', "import '@whiskeysockets/baileys';\n"],
  ['contracts-know-only-zod', 'core/contracts', "import '../adapters/queue.ts';\n"],
  ['domain-is-pure', 'core/domain', "import '@aws-sdk/client-sqs';\n"],
  ['core-is-below', 'core/domain', "import '../../functions/graph/handler.ts';\n"],
  ['lib-describes-only', 'lib', "import '../functions/graph/handler.ts';\n"],
  ['cdk-only-in-lib', 'local', "import 'aws-cdk-lib';\n"],
  ['runner-reads-the-template', 'local', "import '../lib/stack.ts';\n"],
  ['runner-starts-bundles', 'local', "import '../connector/main.ts';\n"],
  ['sandbox-never-uses-the-socket', 'sandbox', "import '@whiskeysockets/baileys/lib/Socket/index.js';\n"],
  ['simulator-is-whatsapp', 'sandbox', "import '../local/main.ts';\n"],
  ['aws-sdk-in-adapters', 'core/observability', "import '@aws-sdk/client-sqs';\n"],
  ['nobody-imports-tests', 'core/domain', "import '../../test/support.ts';\n"],
  ['no-unresolvable', 'local', "import 'left-pad';\n"],
  ['no-orphans', 'core/domain', 'export const alone = 1;\n'],
  ['no-cycles', 'core/domain', "import { other } from './other.ts';\n\nexport const planted = (): unknown => other;\n"],
];

const fileOf = (index: number): string => `${PLANTED[index]?.[1]}/planted-${index}.ts`;

describe('boundaries gate', () => {
  it('passes a tree in which everybody imports only what they may', async () => {
    using tree = plantedTree(COPIED, ALLOWED);
    expect(await boundariesGate.run(tree.root)).toEqual([]);
  });

  describe('in a tree with a fault in each place', () => {
    let findings: readonly string[] = [];

    beforeAll(async () => {
      using tree = plantedTree(COPIED, { ...ALLOWED, 'test/support.ts': 'export {};\n' });
      for (const [index, [, , content]] of PLANTED.entries()) tree.write(fileOf(index), content);
      const inCycle = `planted-${PLANTED.length - 1}.ts`;
      tree.write(
        'core/domain/other.ts',
        `import { planted } from './${inCycle}';\n\nexport const other = (): unknown => planted;\n`,
      );
      findings = await boundariesGate.run(tree.root);
    });

    it.each(PLANTED.map(([rule, folder, content], index) => [rule, folder, content.trim(), index] as const))(
      'finds that %s is broken in %s by %s',
      (rule, _folder, _content, index) => {
        const ofRule = findings.filter((finding) => finding.startsWith(`${rule}: `));
        expect(ofRule.filter((finding) => finding.includes(fileOf(index)))).not.toEqual([]);
      },
    );
  });

  it.each([
    ['a folder', "exclude: { path: '^connector/' }"],
    ['what a file imports', "includeOnly: { path: '^connector/main' }"],
  ])('fails when the cruiser does not see %s, instead of finding nothing', async (_what, option) => {
    using tree = plantedTree(COPIED, ALLOWED);
    tree.write(
      '.dependency-cruiser.mjs',
      `export default { options: { doNotFollow: { path: 'node_modules' }, ${option} } };\n`,
    );
    expect(await boundariesGate.run(tree.root)).toContain(
      'dependency-cruiser has not seen connector/main.ts or what it imports',
    );
  });
});
