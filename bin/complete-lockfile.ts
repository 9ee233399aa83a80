import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import * as z from 'zod';

/**
 * `npm run lock`, after every change of a dependency. A registry mirror that lacks the packages of other platforms makes
 * npm write a lockfile without them, and `npm ci` then refuses that lockfile everywhere. This adds the missing platform
 * packages, so that a clone installs on any platform; the platform they are for is read from their names.
 */
const PackageSchema = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optional: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const LockfileSchema = z.looseObject({ packages: z.record(z.string(), PackageSchema) });
type Package = z.infer<typeof PackageSchema>;

const SYSTEMS = ['android', 'aix', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32'];
const LIBRARIES = { musl: 'musl', gnu: 'glibc', gnueabihf: 'glibc' } as const;

/** The entry of a platform package that the registry did not show. */
function entryOf(name: string, version: string, dev: boolean): Package {
  const words = name.split(/[/-]/);
  const system = SYSTEMS.filter((each) => words.includes(each));
  const processor = PROCESSORS.filter((each) => words.includes(each));
  const library = Object.entries(LIBRARIES).flatMap(([word, libc]) => (words.includes(word) ? [libc] : []));
  return {
    version,
    ...(processor.length > 0 ? { cpu: processor } : {}),
    ...(dev ? { dev } : {}),
    ...(library.length > 0 ? { libc: library } : {}),
    optional: true,
    ...(system.length > 0 ? { os: system } : {}),
  };
}

const file = process.argv[2] ?? 'package-lock.json';
const text: unknown = JSON.parse(await readFile(file, 'utf8'));
LockfileSchema.parse(text);
// Written back as it was read: what zod returns has its keys in another order, and the diff would show every package.
const lock = text as z.infer<typeof LockfileSchema>;
const added: string[] = [];
for (const owner of Object.values({ ...lock.packages })) {
  for (const [name, range] of Object.entries(owner.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (Object.hasOwn(lock.packages, key) || !/^\d/.test(range)) continue;
    lock.packages[key] = entryOf(name, range, owner.dev === true);
    added.push(`${name}@${range}`);
  }
}
const sorted = Object.entries(lock.packages).toSorted(([one], [other]) => one.localeCompare(other, 'en'));
await writeFile(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
console.log(added.length === 0 ? 'The lockfile is complete.' : `Added to the lockfile:\n  ${added.join('\n  ')}`);
