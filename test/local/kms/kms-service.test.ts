import { DatabaseSync } from 'node:sqlite';
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsRequest } from '../../../local/aws/authorize.ts';
import { type AwsServer, startAwsServer } from '../../../local/aws/aws-server.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { KmsService } from '../../../local/kms/kms-service.ts';

const NOW_MS = Date.UTC(2026, 10, 20);
const Plaintext = Buffer.from('ratchet');
const EncryptionContext = { accountId: '1', sessionUid: 'x' };

describe('KmsService', () => {
  const clock = new VirtualClock(NOW_MS);
  const database = new DatabaseSync(':memory:');
  const asked: AwsRequest[] = [];
  let refuse = '';
  const kms = new KmsService({
    clock,
    database,
    authorize(request) {
      asked.push(request);
      if (request.action === refuse) throw new AwsError('AccessDeniedException', 'No.');
    },
  });
  const { keyId, arn } = kms.createKey('Ledger', { Description: 'The ledger', EnableKeyRotation: true });
  kms.createAlias('alias/ledger', keyId);
  const defects: unknown[] = [];
  let server: AwsServer;
  let client: KMSClient;
  beforeAll(async () => {
    server = await startAwsServer({ services: new Map([['kms', kms]]), onDefect: (error) => defects.push(error) });
    client = new KMSClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'CONNECTOR', secretAccessKey: 'secret' },
    });
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
    expect(defects).toEqual([]);
  });
  const encrypt = async () => {
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: keyId, Plaintext, EncryptionContext }));
    return CiphertextBlob ?? new Uint8Array();
  };

  it('decrypts what it encrypted for the key by id, ARN, alias and alias ARN', async () => {
    const aliasArn = 'arn:aws:kms:us-east-1:000000000000:alias/ledger';
    for (const KeyId of [keyId, arn, 'alias/ledger', aliasArn]) {
      const sealed = await client.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
      expect(sealed.KeyId).toBe(arn);
      const opened = await client.send(
        new DecryptCommand({ KeyId, CiphertextBlob: sealed.CiphertextBlob, EncryptionContext }),
      );
      expect(opened).toMatchObject({ KeyId: arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
      expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
    }
  });

  it('takes the pairs of the context in any order and no other pairs', async () => {
    const CiphertextBlob = await encrypt();
    const turned = { sessionUid: 'x', accountId: '1' };
    await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: turned }));
    for (const other of [undefined, { accountId: '1' }, { ...EncryptionContext, accountId: '2' }]) {
      await expect(client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: other }))).rejects.toMatchObject(
        {
          name: 'InvalidCiphertextException',
        },
      );
    }
  });

  it('refuses a ciphertext with any one bit changed', async () => {
    const sealed = await encrypt();
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length * 8 - 1), async (bit) => {
        const CiphertextBlob = Uint8Array.from(sealed);
        CiphertextBlob[bit >> 3] = (CiphertextBlob[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await expect(client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))).rejects.toMatchObject({
          name: 'InvalidCiphertextException',
        });
      }),
      { numRuns: 60 },
    );
    const CiphertextBlob = Buffer.from('short');
    await expect(client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
  });

  it('encrypts 4096 bytes and refuses 4097', async () => {
    await client.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.alloc(4096) }));
    await expect(
      client.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.alloc(4097) })),
    ).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(/Plaintext.*4096/),
    });
  });

  it('generates data keys of the size asked for, whose ciphertext decrypts to them', async () => {
    const full = await client.send(new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext }));
    expect(full.Plaintext).toHaveLength(32);
    const opened = await client.send(new DecryptCommand({ CiphertextBlob: full.CiphertextBlob, EncryptionContext }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Buffer.from(full.Plaintext ?? []));
    const sized = await client.send(new GenerateDataKeyCommand({ KeyId: keyId, NumberOfBytes: 64 }));
    expect(sized.Plaintext).toHaveLength(64);
    const blind = await client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId: keyId, KeySpec: 'AES_128' }));
    expect(blind).not.toHaveProperty('Plaintext');
    await expect(client.send(new GenerateDataKeyCommand({ KeyId: keyId }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect((await client.send(new GenerateRandomCommand({ NumberOfBytes: 24 }))).Plaintext).toHaveLength(24);
  });

  it('describes the key', async () => {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: 'alias/ledger' }));
    expect(KeyMetadata).toMatchObject({
      Arn: arn,
      KeyId: keyId,
      Description: 'The ledger',
      KeyState: 'Enabled',
      CreationDate: new Date(NOW_MS),
    });
  });

  it('names the fault when the key is unknown, another one or disabled', async () => {
    await expect(client.send(new DescribeKeyCommand({ KeyId: 'alias/none' }))).rejects.toMatchObject({
      name: 'NotFoundException',
    });
    const off = kms.createKey('Off', { Enabled: false });
    await expect(client.send(new EncryptCommand({ KeyId: off.keyId, Plaintext }))).rejects.toMatchObject({
      name: 'DisabledException',
    });
    const CiphertextBlob = await encrypt();
    await expect(
      client.send(new DecryptCommand({ KeyId: off.keyId, CiphertextBlob, EncryptionContext })),
    ).rejects.toMatchObject({ name: 'IncorrectKeyException' });
  });

  it('asks for the permission on the key of the ciphertext', async () => {
    const CiphertextBlob = await encrypt();
    asked.length = 0;
    refuse = 'kms:Decrypt';
    await expect(client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    refuse = '';
    expect(asked).toEqual([
      { accessKeyId: 'CONNECTOR', action: 'kms:Decrypt', resource: arn, encryptionContext: EncryptionContext },
    ]);
  });

  it('has the same key after a restart', async () => {
    const CiphertextBlob = await encrypt();
    const again = new KmsService({ clock, database });
    expect(again.createKey('Ledger', { Description: 'renamed' })).toEqual({ keyId, arn });
    const second = await startAwsServer({
      services: new Map([['kms', again]]),
      onDefect: (error) => defects.push(error),
    });
    const reader = new KMSClient({
      endpoint: second.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'A', secretAccessKey: 'B' },
    });
    const opened = await reader.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
    reader.destroy();
    await second.close();
  });

  it('refuses to stand in for an asymmetric key', () => {
    expect(() => kms.createKey('Rsa', { KeySpec: 'RSA_2048' })).toThrow(/KeySpec/);
  });
});
