import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { Clock } from '#core/domain/clock.ts';
import type { Authorize } from '../aws/authorize.ts';
import type { AwsCall, AwsService } from '../aws/aws-server.ts';
import { AwsError, type JsonAction, jsonProtocol } from '../aws/json-protocol.ts';
import { type EncryptionContext, keyIdOf, open, seal } from './envelope.ts';
import { KeyStore, type StoredKey } from './key-store.ts';

/** Limits of the KMS API reference. */
const MAX_PLAINTEXT_BYTES = 4096;
const MAX_CIPHERTEXT_BYTES = 6144;
const MAX_DATA_KEY_BYTES = 1024;
const MAX_RANDOM_BYTES = 1024;
const MAX_CONTEXT_BYTES = 8192;
const ACCOUNT = '000000000000';

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const context = z
  .record(z.string(), z.string())
  .refine((pairs) => Buffer.byteLength(JSON.stringify(pairs)) <= MAX_CONTEXT_BYTES, 'is longer than 8192 bytes')
  .default({});
const bytesWithin = (limit: number): z.ZodType<Buffer, string> =>
  base64.refine(
    (bytes) => bytes.length >= 1 && bytes.length <= limit,
    `failed to satisfy constraint: Member must have length between 1 and ${limit}`,
  );
const keyId = z.string().min(1);

const encryptInput = z.object({
  KeyId: keyId,
  Plaintext: bytesWithin(MAX_PLAINTEXT_BYTES),
  EncryptionContext: context,
});
const decryptInput = z.object({
  KeyId: keyId.optional(),
  CiphertextBlob: bytesWithin(MAX_CIPHERTEXT_BYTES),
  EncryptionContext: context,
});
const dataKeyInput = z
  .object({
    KeyId: keyId,
    KeySpec: z.enum(['AES_256', 'AES_128']).optional(),
    NumberOfBytes: z.int().min(1).max(MAX_DATA_KEY_BYTES).optional(),
    EncryptionContext: context,
  })
  .refine(
    (input) => (input.KeySpec === undefined) !== (input.NumberOfBytes === undefined),
    'Please specify either number of bytes or key spec.',
  );
const describeInput = z.object({ KeyId: keyId });
const randomInput = z.object({ NumberOfBytes: z.int().min(1).max(MAX_RANDOM_BYTES) });
/** AWS::KMS::Key; rotation, policy and deletion window have no meaning here. */
const keyProperties = z.object({
  Description: z.string().default(''),
  Enabled: z.union([z.boolean(), z.stringbool()]).default(true),
  KeySpec: z.literal('SYMMETRIC_DEFAULT').optional(),
  KeyUsage: z.literal('ENCRYPT_DECRYPT').optional(),
});

export interface KmsOptions {
  readonly clock: Clock;
  readonly database: DatabaseSync;
  /** @default us-east-1 */
  readonly region?: string;
  /** @default everything is allowed */
  readonly authorize?: Authorize;
}

export interface CreatedKey {
  readonly keyId: string;
  readonly arn: string;
}

/** KMS with symmetric keys: Encrypt, Decrypt, GenerateDataKey(WithoutPlaintext), GenerateRandom, DescribeKey. */
export class KmsService implements AwsService {
  readonly #options: KmsOptions;
  readonly #keys: KeyStore;
  readonly #protocol: AwsService;

  constructor(options: KmsOptions) {
    this.#options = options;
    this.#keys = new KeyStore(options.database);
    this.#protocol = jsonProtocol({ target: 'TrentService', version: '1.1', actions: this.#actions() });
  }

  handle(request: IncomingMessage, response: ServerResponse, call: AwsCall): Promise<void> {
    return this.#protocol.handle(request, response, call);
  }

  /**
   * Makes the key of an AWS::KMS::Key, or finds it again after a restart.
   * @param name what tells it from other keys for good: the logical id
   * @param properties of the resource, references resolved
   * @throws ZodError for asymmetric and HMAC keys
   */
  createKey(name: string, properties: unknown = {}): CreatedKey {
    const { Description, Enabled } = keyProperties.parse(properties);
    const key = this.#keys.put(name, { description: Description, enabled: Enabled }, this.#options.clock.now());
    return { keyId: key.id, arn: this.#arn(key) };
  }

  /**
   * Makes or moves an AWS::KMS::Alias.
   * @param alias with its prefix: `alias/…`
   * @throws AwsError NotFoundException when there is no such key
   */
  createAlias(alias: string, target: string): void {
    this.#keys.putAlias(alias, this.#key(target).id);
  }

  #actions(): Record<string, JsonAction> {
    return {
      DescribeKey: (input, call) => this.#describe(input, call),
      Encrypt: (input, call) => this.#encrypt(input, call),
      Decrypt: (input, call) => this.#decrypt(input, call),
      GenerateDataKey: (input, call) => this.#generateDataKey(input, call, 'GenerateDataKey'),
      GenerateDataKeyWithoutPlaintext: (input, call) => {
        const { Plaintext: _plaintext, ...rest } = this.#generateDataKey(
          input,
          call,
          'GenerateDataKeyWithoutPlaintext',
        );
        return rest;
      },
      GenerateRandom: (input, call) => {
        this.#options.authorize?.({ accessKeyId: call.accessKeyId, action: 'kms:GenerateRandom', resource: '*' });
        return { Plaintext: randomBytes(parse(randomInput, input).NumberOfBytes).toString('base64') };
      },
    };
  }

  #describe(input: unknown, call: AwsCall): object {
    const key = this.#allowed(parse(describeInput, input).KeyId, 'DescribeKey', call);
    return {
      KeyMetadata: {
        AWSAccountId: ACCOUNT,
        KeyId: key.id,
        Arn: this.#arn(key),
        CreationDate: key.created_at / 1000,
        Description: key.description,
        Enabled: key.enabled,
        KeyState: key.enabled ? 'Enabled' : 'Disabled',
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeySpec: 'SYMMETRIC_DEFAULT',
        CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        KeyManager: 'CUSTOMER',
        Origin: 'AWS_KMS',
        MultiRegion: false,
      },
    };
  }

  #encrypt(input: unknown, call: AwsCall): object {
    const { KeyId, Plaintext, EncryptionContext } = parse(encryptInput, input);
    const key = this.#usable(KeyId, 'Encrypt', call, EncryptionContext);
    const sealed = seal(key.id, key.material, Plaintext, EncryptionContext);
    return {
      KeyId: this.#arn(key),
      CiphertextBlob: sealed.toString('base64'),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    };
  }

  #decrypt(input: unknown, call: AwsCall): object {
    const { KeyId, CiphertextBlob, EncryptionContext } = parse(decryptInput, input);
    const madeBy = keyIdOf(CiphertextBlob);
    if (madeBy === undefined || !this.#keys.get(madeBy)) throw invalidCiphertext();
    if (KeyId !== undefined && this.#key(KeyId).id !== madeBy) {
      throw new AwsError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      );
    }
    const key = this.#usable(madeBy, 'Decrypt', call, EncryptionContext);
    const plaintext = open(key.material, CiphertextBlob, EncryptionContext);
    if (!plaintext) throw invalidCiphertext();
    return {
      KeyId: this.#arn(key),
      Plaintext: plaintext.toString('base64'),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    };
  }

  #generateDataKey(input: unknown, call: AwsCall, action: string): { Plaintext: string; [member: string]: string } {
    const { KeyId, KeySpec, NumberOfBytes, EncryptionContext } = parse(dataKeyInput, input);
    const key = this.#usable(KeyId, action, call, EncryptionContext);
    const plaintext = randomBytes(NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32));
    const sealed = seal(key.id, key.material, plaintext, EncryptionContext);
    return {
      KeyId: this.#arn(key),
      Plaintext: plaintext.toString('base64'),
      CiphertextBlob: sealed.toString('base64'),
    };
  }

  #usable(reference: string, action: string, call: AwsCall, context: EncryptionContext): StoredKey {
    const key = this.#allowed(reference, action, call, context);
    if (!key.enabled) throw new AwsError('DisabledException', `${this.#arn(key)} is disabled.`);
    return key;
  }

  #allowed(reference: string, action: string, { accessKeyId }: AwsCall, context?: EncryptionContext): StoredKey {
    const key = this.#key(reference);
    this.#options.authorize?.({
      accessKeyId,
      action: `kms:${action}`,
      resource: this.#arn(key),
      encryptionContext: context,
    });
    return key;
  }

  /** @param reference key id, `alias/…`, or the ARN of either */
  #key(reference: string): StoredKey {
    const prefix = this.#prefix();
    const local = reference.startsWith(prefix) ? reference.slice(prefix.length).replace(/^key\//, '') : reference;
    const key = this.#keys.get(local);
    if (!key) throw new AwsError('NotFoundException', `Key '${reference}' does not exist`);
    return key;
  }

  #arn(key: StoredKey): string {
    return `${this.#prefix()}key/${key.id}`;
  }

  #prefix(): string {
    return `arn:aws:kms:${this.#options.region ?? 'us-east-1'}:${ACCOUNT}:`;
  }
}

/** AWS says no more than the code. */
function invalidCiphertext(): AwsError {
  return new AwsError('InvalidCiphertextException', '');
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const details = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `Value at '${path.join('.')}' ${message}`,
  );
  throw new AwsError('ValidationException', `${details.length} validation error detected: ${details.join('; ')}`);
}
