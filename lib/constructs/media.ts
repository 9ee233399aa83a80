import { Duration } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Env, MediaPrefix } from '#core/resource-names.ts';
import type { Deployment } from '../config/deployment.ts';
import { allowCustomerKey } from './customer-key.ts';
import type { Data } from './data.ts';
import { type Environment, tableEnvironment } from './environment.ts';
import { PomboFunction } from './pombo-function.ts';
import { API_TIMEOUT } from './timeouts.ts';

/** A fetch ends by itself after 55 s; the message that waits for it gives up after a minute. */
const FETCH_TIMEOUT = Duration.seconds(60);

export interface MediaProps {
  readonly deployment: Deployment;
  readonly data: Data;
}

/** Files: the function behind their addresses, and the one that fetches the file of a `link`. */
export class Media extends Construct {
  /** Serves `/media/{token}` to everybody: the token is the permission. */
  readonly files: PomboFunction;
  readonly #fetch: PomboFunction;
  readonly #props: MediaProps;

  constructor(scope: Construct, id: string, props: MediaProps) {
    super(scope, id);
    this.#props = props;
    this.files = this.#files();
    this.#fetch = this.#fetchMedia();
  }

  /** What a function needs that uploads, looks at and deletes files, and has links fetched. */
  get environment(): Environment {
    return { ...mediaEnvironment(this.#props.data), [Env.fetchMediaFunction]: this.#fetch.functionName };
  }

  /** @param api has `environment` */
  allow(api: PomboFunction): void {
    const { data } = this.#props;
    data.tables.media.grants.actions(api, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    // Reading: whether a presigned upload has arrived, and its digest.
    allowFiles(data, api, ['s3:PutObject', 's3:GetObject'], [MediaPrefix.uploaded]);
    allowFiles(data, api, ['s3:DeleteObject']);
    // The grant of the construct would allow every version and alias too.
    api.addToRolePolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.#fetch.functionArn] }),
    );
  }

  #files(): PomboFunction {
    const { data, deployment } = this.#props;
    const files = new PomboFunction(this, 'Files', {
      bundle: 'media',
      description: 'Sends whoever has the address of a file on to S3',
      timeout: API_TIMEOUT,
      environment: mediaEnvironment(data),
      deployment,
    });
    allowCustomerKey(deployment, files);
    data.tables.media.grants.actions(files, 'dynamodb:GetItem');
    allowFiles(data, files, ['s3:GetObject']);
    return files;
  }

  /** Outside any VPC, so that nothing private is within its reach (D11). */
  #fetchMedia(): PomboFunction {
    const { data, deployment } = this.#props;
    const fetch = new PomboFunction(this, 'Fetch', {
      bundle: 'fetch-media',
      description: 'Fetches the file of a link that a message is to be sent with',
      timeout: FETCH_TIMEOUT,
      environment: {
        ...mediaEnvironment(data),
        [Env.privateTargets]: deployment.config.privateTargets.join(','),
      },
      deployment,
    });
    allowCustomerKey(deployment, fetch);
    data.tables.media.grants.actions(fetch, 'dynamodb:GetItem', 'dynamodb:PutItem');
    allowFiles(data, fetch, ['s3:PutObject', 's3:AbortMultipartUpload'], [MediaPrefix.uploaded]);
    return fetch;
  }
}

/** The variables that name the table and the bucket of files. */
export const mediaEnvironment = (data: Data): Environment => ({
  ...tableEnvironment(data, 'media'),
  [Env.mediaBucket]: data.media.bucketName,
});

/** Lets a role see which files are there. */
export function allowListing(data: Data, grantee: IGrantable): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [data.media.bucketArn],
      conditions: { StringLike: { 's3:prefix': Object.values(MediaPrefix).map((prefix) => `${prefix}*`) } },
    }),
  );
}

/** Lets a role do something with the files below the given prefixes. */
export function allowFiles(
  data: Data,
  grantee: IGrantable,
  actions: readonly string[],
  prefixes: readonly string[] = Object.values(MediaPrefix),
): void {
  const resources = prefixes.map((prefix) => data.media.arnForObjects(`${prefix}*`));
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [...actions], resources }));
}
