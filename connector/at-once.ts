/** Runs works side by side, at most `most` at a time. Rejects with the first error; works that have begun go on. */
export async function atOnce(works: readonly (() => Promise<void>)[], most: number): Promise<void> {
  const left = works.values();
  const worker = async (): Promise<void> => {
    for (const work of left) await work();
  };
  await Promise.all(Array.from({ length: Math.min(most, works.length) }, worker));
}
