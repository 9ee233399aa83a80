import path from 'node:path';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { DeploymentConfig } from './deployment-config.ts';

/** What is released, and how its owner wants it. */
export interface Release {
  readonly config: DeploymentConfig;
  /** Release, from package.json. */
  readonly version: string;
  /** Folder that bin/bundle.ts filled. */
  readonly dist: string;
}

/** What is deployed, and how. */
export interface Deployment extends Release {
  /** Key that the customer brought; undefined: AWS's own keys, which are free. */
  readonly customerKey: IKey | undefined;
}

/** Folder with `index.mjs` of the function `functions/<name>`. */
export const functionAsset = ({ dist }: Deployment, name: string): string => path.join(dist, 'functions', name);

/** Docker context of the connector's image. */
export const connectorAsset = ({ dist }: Deployment): string => path.join(dist, 'connector');
