import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { TemplateError } from './template-error.ts';
import { type Template, TemplateSchema } from './template-schema.ts';

const ManifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z.looseObject({ templateFile: z.string().optional(), file: z.string().optional() }).optional(),
    }),
  ),
});

const AssetsSchema = z.object({
  files: z
    .record(
      z.string(),
      z.object({ source: z.object({ path: z.string().optional(), packaging: z.string().optional() }) }),
    )
    .default({}),
  dockerImages: z.record(z.string(), z.object({ source: z.object({ directory: z.string().optional() }) })).default({}),
});

/** A synthesized stack with the folders of its code. */
export interface CloudAssembly {
  readonly stackName: string;
  readonly template: Template;
  /** Folder of the code asset that `S3Key` names (`<hash>.zip`). @throws TemplateError when there is none */
  codeFolder(s3Key: string): string;
  /** Folder of the Docker build context that an image address ends with (`…:<tag>`). @throws TemplateError when there is none */
  imageFolder(image: string): string;
}

/**
 * Reads what `cdk synth` left behind.
 * @param cdkOut folder with `manifest.json`; it must hold exactly one stack
 * @throws TemplateError when it is not there or not what CDK writes
 */
export function readCloudAssembly(cdkOut: string): CloudAssembly {
  const manifest = readJson(path.join(cdkOut, 'manifest.json'), ManifestSchema);
  const artifacts = Object.entries(manifest.artifacts);
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (!stack || stacks.length > 1)
    throw new TemplateError(`${cdkOut} holds ${stacks.length} stacks; the one-machine runner runs exactly one.`);
  const [stackName, { properties }] = stack;
  const template = readJson(
    path.join(cdkOut, properties?.templateFile ?? `${stackName}.template.json`),
    TemplateSchema,
  );
  const folders = readAssetFolders(
    cdkOut,
    artifacts.flatMap(([, { type, properties }]) =>
      type === 'cdk:asset-manifest' && properties?.file ? properties.file : [],
    ),
  );
  return {
    stackName,
    template,
    codeFolder: (s3Key) => folderOf(folders.code, path.basename(s3Key, '.zip'), `code asset ${s3Key}`),
    imageFolder: (image) =>
      folderOf(folders.images, image.slice(image.lastIndexOf(':') + 1), `container image ${image}`),
  };
}

interface AssetFolders {
  readonly code: ReadonlyMap<string, string>;
  readonly images: ReadonlyMap<string, string>;
}

function readAssetFolders(cdkOut: string, files: readonly string[]): AssetFolders {
  const code = new Map<string, string>();
  const images = new Map<string, string>();
  for (const file of files) {
    const assets = readJson(path.join(cdkOut, file), AssetsSchema);
    for (const [hash, { source }] of Object.entries(assets.files))
      if (source.packaging === 'zip' && source.path) code.set(hash, path.resolve(cdkOut, source.path));
    for (const [tag, { source }] of Object.entries(assets.dockerImages))
      if (source.directory) images.set(tag, path.resolve(cdkOut, source.directory));
  }
  return { code, images };
}

function folderOf(folders: ReadonlyMap<string, string>, key: string, what: string): string {
  const folder = folders.get(key);
  if (folder && existsSync(folder)) return folder;
  throw new TemplateError(`The synthesized stack names the ${what}, but its folder is missing. Synthesize again.`);
}

function readJson<T extends z.ZodType>(file: string, schema: T): z.infer<T> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TemplateError(`${file} can't be read: synthesize first.`, { cause });
  }
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new TemplateError(`${file} is not what CDK writes: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
