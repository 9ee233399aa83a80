import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MediaId, newMediaId } from '#core/domain/ids.ts';
import { film } from '../support/films.ts';
import { picture } from '../support/pictures.ts';
import { makeBedFiles } from './media/bed-files.ts';
import { type OutboundBed, saying, startOutbound } from './outbound-bed.ts';

const ME = '5511988880121';
const FRIEND = '5511988880122';

/** A WebP container of the extended format, marked as an animation or not. */
const webp = (flags: number): Buffer =>
  Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0', 'latin1'), Buffer.from([flags]), randomBytes(200)]);

let outbound: OutboundBed;
let files: ReturnType<typeof makeBedFiles>;

beforeAll(async () => {
  outbound = await startOutbound(ME, FRIEND);
  files = makeBedFiles(outbound.bed);
});
afterAll(async () => {
  files.close();
  await outbound.bed.close();
});

const upload = async (bytes: Uint8Array, type: string) => ({
  mediaId: await files.upload(outbound.session, bytes, type),
});

describe('what stands around a file, as the phone shows it', () => {
  it('caption, quote and forwarding of an image; its caption is changed later', async () => {
    const media = await upload(randomBytes(500), 'image/jpeg');
    await outbound.bed.phones.write(FRIEND, ME, 'Foto?');
    const { wamid: context } = await outbound.bed.event(saying('Foto?'));
    const more = { context: { wamid: context }, forwarded: true };
    const { shown, wamid, stanzaId } = await outbound.send({ type: 'image', media, caption: 'Eis' }, more);
    expect(shown).toMatchObject({ kind: 'image', text: 'Eis' });
    expect(shown.details).toMatchObject({ quoted: { text: 'Foto?' }, isForwarded: true });
    await outbound.send({ type: 'edit', edit: { wamid, body: 'Aqui' } });
    const [now] = (await outbound.bed.phones.messages(FRIEND)).filter(({ id }) => id === stanzaId);
    expect(now).toMatchObject({ kind: 'image', text: 'Aqui', isEdited: true });
  });

  it('name and caption of a document', async () => {
    const media = await upload(randomBytes(500), 'application/pdf');
    const { shown } = await outbound.send({ type: 'document', media, caption: 'Nota', filename: 'nota.pdf' });
    expect(shown).toMatchObject({ kind: 'document', text: 'Nota', media: { fileName: 'nota.pdf' } });
  });

  it('a voice message, and other audio that was meant as one', async () => {
    const voice = await upload(randomBytes(500), 'audio/ogg');
    const spoken = await outbound.send({ type: 'audio', media: voice, voice: true });
    expect(spoken.shown).toMatchObject({ media: { mimetype: 'audio/ogg; codecs=opus' }, details: { isVoice: true } });
    const music = await upload(randomBytes(500), 'audio/mpeg');
    const played = await outbound.send({ type: 'audio', media: music, voice: true });
    expect(played.shown.details).not.toHaveProperty('isVoice');
  });

  it('the sides of a picture, a film and a sticker, and how long the film is', async () => {
    const turned = await outbound.send({ type: 'image', media: await upload(picture('turned.jpg'), 'image/jpeg') });
    expect(turned.shown.details?.sides).toEqual([96, 160]);
    const thumbnail = randomBytes(900).toString('base64');
    const drawn = await files.upload(outbound.session, picture('rgb.png'), 'image/png', { thumbnail });
    const small = await outbound.send({ type: 'image', media: { mediaId: drawn } });
    expect(small.shown.details).toMatchObject({ sides: [160, 96], thumbnail });
    const clip = film({ width: 640, height: 360, seconds: 12, headerLast: true });
    const played = await outbound.send({ type: 'video', media: await upload(clip, 'video/mp4') });
    expect(played.shown.details).toMatchObject({ sides: [640, 360], seconds: 12 });
    const sticker = await outbound.send({ type: 'sticker', media: await upload(picture('alpha.webp'), 'image/webp') });
    expect(sticker.shown.details?.sides).toEqual([160, 96]);
    const nothing = await outbound.send({ type: 'image', media: await upload(randomBytes(500), 'image/jpeg') });
    expect(nothing.shown.details).not.toHaveProperty('sides');
  });

  it('whether a sticker moves', async () => {
    const moving = await outbound.send({ type: 'sticker', media: await upload(webp(0x12), 'image/webp') });
    expect(moving.shown).toMatchObject({ kind: 'sticker', details: { isAnimated: true } });
    const still = await outbound.send({ type: 'sticker', media: await upload(webp(0x10), 'image/webp') });
    expect(still.shown.details).not.toHaveProperty('isAnimated');
  });

  it('the page that a text names, with its picture and without', async () => {
    const url = 'https://example.com/artigo';
    const preview = { title: 'Artigo', description: 'Sobre pombos' };
    const thumbnail = randomBytes(3000);
    const drawn = await files.upload(outbound.session, thumbnail, 'image/jpeg', { source: 'link', preview });
    const text = { body: `Leia: ${url}`, previewUrl: true };
    const { shown } = await outbound.send({ type: 'text', text: { ...text, preview: { mediaId: drawn, url } } });
    expect(shown.details?.preview).toEqual({ url, ...preview, thumbnail: thumbnail.toString('base64') });
    const row = files.newRow(outbound.session, { state: 'ready', source: 'link', preview: { title: 'Só título' } });
    await files.put(row);
    const plain = await outbound.send({ type: 'text', text: { ...text, preview: { mediaId: row.mediaId, url } } });
    expect(plain.shown.details?.preview).toEqual({ url, title: 'Só título' });
  });

  it('a text whose page can not be read, at once, and one whose preview is lost, after seconds', async () => {
    const url = 'https://example.com/nada';
    const text = (mediaId: MediaId) =>
      ({ type: 'text', text: { body: url, previewUrl: true, preview: { mediaId, url } } }) as const;
    const failed = files.newRow(outbound.session, { state: 'failed', source: 'link' });
    const lost = files.newRow(outbound.session, { state: 'arriving', source: 'link', sinceMs: Date.now() - 7000 });
    await files.put(failed);
    await files.put(lost);
    for (const mediaId of [failed.mediaId, newMediaId(randomBytes), lost.mediaId]) {
      const { shown } = await outbound.send(text(mediaId));
      expect(shown).toMatchObject({ text: url });
      expect(shown.details).not.toHaveProperty('preview');
    }
  });

  it.each([true, false])('the file above buttons (native: %s), and the answer', async (native) => {
    const media = await upload(randomBytes(500), 'image/png');
    const buttons = [{ type: 'reply', id: 'y', title: 'Sim' } as const];
    const header = { type: 'image', media } as const;
    const interactive = { type: 'buttons', header, body: 'Confirma?', buttons } as const;
    const { shown, wamid } = await outbound.send({
      type: 'interactive',
      native,
      interactive: { ...interactive, buttons: [...buttons] },
    });
    expect(shown).toMatchObject(
      native ? { kind: 'interactive', text: 'Confirma?' } : { kind: 'image', text: 'Confirma?\n\n*1.* Sim' },
    );
    await outbound.bed.phones.write(FRIEND, ME, '1');
    const answer = await outbound.bed.event(
      (event): event is Extract<typeof event, { type: 'message' }> =>
        event.type === 'message' && event.context?.id === wamid,
    );
    expect(answer.content).toMatchObject({ interactive: { button_reply: { id: 'y' } } });
  });
});
