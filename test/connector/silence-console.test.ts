import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

describe('silence-console', () => {
  it('lets nothing through console, whoever tries to put it back', () => {
    const module = path.resolve(import.meta.dirname, '../../connector/silence-console.ts');
    const script = `import ${JSON.stringify(module)};
      console.info({ privKey: 'secret' });
      try { console.info = (text) => process.stdout.write(text); } catch { process.stdout.write('refused'); }
      console.info('secret');`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(stdout + stderr).toBe('refused');
  });
});
