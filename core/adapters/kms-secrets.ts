import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import * as z from 'zod';
import type { EndpointRow } from '../contracts/rows/endpoint-row.ts';
import type { AccountId, EndpointId } from '../domain/ids.ts';
import { type WebhookSecret, WebhookSecretSchema } from '../domain/webhook-secret.ts';

/** What is encrypted belongs to its endpoint: the ciphertext of one can't be put into the row of another. */
export interface SecretOwner {
  readonly accountId: AccountId;
  readonly endpointId: EndpointId;
}

/** Names and values of request headers. */
export type Headers = Readonly<Record<string, string>>;

/** Webhook secrets and headers under a KMS key. */
export interface WebhookSecrets {
  /** @returns ciphertext, base64 */
  encrypt(secret: WebhookSecret, owner: SecretOwner): Promise<string>;
  decrypt(row: Pick<EndpointRow, 'accountId' | 'endpointId' | 'secretCiphertext'>): Promise<WebhookSecret>;
  /** @param headers at most 4 KB as JSON: KMS takes no more. @returns ciphertext, base64 */
  encryptHeaders(headers: Headers, owner: SecretOwner): Promise<string>;
  /** The headers that go with each request to an endpoint; none if it has none. */
  decryptHeaders(row: Pick<EndpointRow, 'accountId' | 'endpointId' | 'headersCiphertext'>): Promise<Headers>;
}

const contextOf = ({ accountId, endpointId }: SecretOwner) => ({ accountId, endpointId });
const HeadersSchema = z.record(z.string(), z.string());

export function makeWebhookSecrets(options: { readonly kms: KMSClient; readonly keyId: string }): WebhookSecrets {
  const { kms, keyId: KeyId } = options;
  const seal = async (text: string, owner: SecretOwner): Promise<string> => {
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from(text), EncryptionContext: contextOf(owner) }),
    );
    if (!CiphertextBlob) throw new Error('KMS answered without a ciphertext');
    return Buffer.from(CiphertextBlob).toString('base64');
  };
  const open = async (ciphertext: string, owner: SecretOwner): Promise<string> => {
    const CiphertextBlob = Buffer.from(ciphertext, 'base64');
    const { Plaintext } = await kms.send(
      new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: contextOf(owner) }),
    );
    return Buffer.from(Plaintext ?? []).toString();
  };
  return {
    encrypt: seal,
    decrypt: async (row) => WebhookSecretSchema.parse(await open(row.secretCiphertext, row)),
    encryptHeaders: (headers, owner) => seal(JSON.stringify(headers), owner),
    async decryptHeaders(row) {
      if (row.headersCiphertext === undefined) return {};
      return HeadersSchema.parse(JSON.parse(await open(row.headersCiphertext, row)));
    },
  };
}
