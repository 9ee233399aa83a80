/** Whether release `one` is older than (negative), the same as (0) or newer than `other`; only major, minor and patch count. */
export function compareReleases(one: string, other: string): number {
  const ours = numbersOf(one);
  const theirs = numbersOf(other);
  for (const [place, number] of ours.entries()) {
    const difference = number - (theirs[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const numbersOf = (release: string): readonly number[] => {
  const [, ...parts] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(release) ?? [];
  return [0, 1, 2].map((place) => Number(parts[place] ?? 0));
};
