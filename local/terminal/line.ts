/** The commands of the one-machine runner speak to a person; these two are all they need. */
export const writeLine = (line: string): void => console.log(line);
export const writeError = (line: string): void => console.error(line);
