import { downloadMediaMessage } from '@whiskeysockets/baileys';
import { SandboxClient } from '../../../sandbox/control-client.ts';
import { linkedClient } from './linking.ts';

// A client in a process of its own, because NODE_EXTRA_CA_CERTS is read at process start.
const [whatsappUrl = '', controlUrl = '', own = '', person = ''] = process.argv.slice(2);
const phones = new SandboxClient(controlUrl);
const client = await linkedClient(whatsappUrl, phones, own);

const file = Buffer.alloc(100_000, 'pombo');
const sent = await client.socket.sendMessage(`${person}@s.whatsapp.net`, {
  document: file,
  mimetype: 'text/plain',
  fileName: 'pombo.txt',
});
const shown = await phones.waitForMessage(person, (message) => message.id === sent?.key.id);
const received = await phones.media(person, shown.id);

const picture = await phones.picture(person, own, Buffer.from('not really a picture'), 'olha');
const message = await client.message((each) => each.key.id === picture.id);
const downloaded = await downloadMediaMessage(message, 'buffer', {});

await phones.mediaFaults({ upload: 500 });
const failed = await client.socket
  .sendMessage(`${person}@s.whatsapp.net`, { document: file, mimetype: 'text/plain' })
  .then(
    () => 'sent',
    (error: Error) => error.message,
  );

process.send?.({
  isUploadIntact: received.equals(file),
  shown: { kind: shown.kind, fileName: shown.media?.fileName },
  downloaded: downloaded.toString(),
  caption: message.message?.imageMessage?.caption,
  failed,
});
await client.end();
