import path from 'node:path';
import type { DeploymentConfig } from './deployment-config.ts';

/** What is deployed, and how. */
export interface Deployment {
  readonly config: DeploymentConfig;
  /** Release, from package.json. */
  readonly version: string;
  /** Folder that bin/bundle.ts filled. */
  readonly dist: string;
}

/** Folder with `index.mjs` of the function `functions/<name>`. */
export const functionAsset = ({ dist }: Deployment, name: string): string => path.join(dist, 'functions', name);

/** Docker context of the connector's image. */
export const connectorAsset = ({ dist }: Deployment): string => path.join(dist, 'connector');
