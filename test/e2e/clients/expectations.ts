import { expect } from 'vitest';
import type { PhoneMessage } from '../../../sandbox/control-client.ts';
import { FILES, type FileKind } from './files.ts';
import type { World } from './world.ts';

/** The phone shows the message, with these of its members. */
export async function expectShown(world: World, wamid: string, expected: Partial<PhoneMessage>): Promise<PhoneMessage> {
  const message = await world.shown(wamid);
  expect(message).toMatchObject(expected);
  return message;
}

/** The phone shows the file, byte for byte. */
export async function expectFile(world: World, wamid: string, kind: FileKind, text?: string): Promise<void> {
  const message = await expectShown(world, wamid, { kind, ...(text === undefined ? {} : { text }) });
  expect(await world.fileOf(message)).toEqual(FILES[kind].bytes);
}
