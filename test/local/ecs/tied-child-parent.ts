import process from 'node:process';
import { spawnTied } from '../../../local/ecs/tied-child.ts';

// Stands for a runner that is killed: starts one child and says its process id once the child has spoken.
const [, , folder = '', mode = ''] = process.argv;
const child = spawnTied(['node', 'main.mjs'], {
  cwd: folder,
  environment: { MODE: mode, ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:1/v4/00', TMPDIR: folder },
});
child.stdout?.once('data', () => process.send?.(child.pid));
