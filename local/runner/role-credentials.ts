import { createHash, createHmac } from 'node:crypto';

/** What a role's caller signs with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Access keys of the template's roles: each role has its own, the same after a restart, so that a service knows by the
 * access key alone who calls.
 */
export class RoleCredentials {
  readonly #seed: string;
  readonly #roleOf = new Map<string, string>();

  /** @param seed random text of this data folder, which the secrets are made of */
  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Credentials of a role. @param role its ARN */
  of(role: string): Credentials {
    const accessKeyId = `AKIA${createHash('sha256').update(role).digest('hex').slice(0, 16).toUpperCase()}`;
    this.#roleOf.set(accessKeyId, role);
    return { accessKeyId, secretAccessKey: this.#secret(accessKeyId) };
  }

  /** ARN of the role that an access key belongs to; undefined for one that was never given out. */
  roleOf(accessKeyId: string): string | undefined {
    return this.#roleOf.get(accessKeyId);
  }

  secretOf(accessKeyId: string): string | undefined {
    return this.#roleOf.has(accessKeyId) ? this.#secret(accessKeyId) : undefined;
  }

  #secret(accessKeyId: string): string {
    return createHmac('sha256', this.#seed).update(accessKeyId).digest('base64').slice(0, 40);
  }
}
