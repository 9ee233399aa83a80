import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { EndpointRow } from '../contracts/rows/endpoint-row.ts';
import type { AccountId, EndpointId } from '../domain/ids.ts';
import { type WebhookSecret, WebhookSecretSchema } from '../domain/webhook-secret.ts';

/** A webhook secret belongs to its endpoint: the ciphertext of one can't be put into the row of another. */
interface Owner {
  readonly accountId: AccountId;
  readonly endpointId: EndpointId;
}

/** Webhook secrets under a KMS key. */
export interface WebhookSecrets {
  /** @returns ciphertext, base64 */
  encrypt(secret: WebhookSecret, owner: Owner): Promise<string>;
  decrypt(row: Pick<EndpointRow, 'accountId' | 'endpointId' | 'secretCiphertext'>): Promise<WebhookSecret>;
}

const contextOf = ({ accountId, endpointId }: Owner) => ({ accountId, endpointId });

export function makeWebhookSecrets(options: { readonly kms: KMSClient; readonly keyId: string }): WebhookSecrets {
  const { kms, keyId: KeyId } = options;
  return {
    async encrypt(secret, owner) {
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({ KeyId, Plaintext: Buffer.from(secret), EncryptionContext: contextOf(owner) }),
      );
      if (!CiphertextBlob) throw new Error('KMS answered without a ciphertext');
      return Buffer.from(CiphertextBlob).toString('base64');
    },
    async decrypt(row) {
      const { Plaintext } = await kms.send(
        new DecryptCommand({
          KeyId,
          CiphertextBlob: Buffer.from(row.secretCiphertext, 'base64'),
          EncryptionContext: contextOf(row),
        }),
      );
      return WebhookSecretSchema.parse(Buffer.from(Plaintext ?? []).toString());
    },
  };
}
