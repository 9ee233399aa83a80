/** A path of the Graph API: `[/vN.N]/{id}[/edge]`, where an alias may stand in the place of the id. */
export interface GraphPath {
  /** `v23.0`, or undefined: clients may leave the version out. */
  readonly version: string | undefined;
  readonly id: string;
  readonly edge: string | undefined;
}

const PATH = /^(?:\/(?<version>v\d{1,3}(?:\.\d{1,3})?))?\/(?<id>\d{1,64}|me|debug_token)(?:\/(?<edge>[a-z_]{1,64}))?$/;

/** Reads a path without trailing slash. @returns undefined for what is no path of this form; ids are digits only, or one of two aliases */
export function parseGraphPath(path: string): GraphPath | undefined {
  const { version, id, edge } = PATH.exec(path)?.groups ?? {};
  return id === undefined ? undefined : { version, id, edge };
}
