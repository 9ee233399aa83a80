import type { Template } from './template.ts';

/** What an article says, in this order; somebody reads it at three in the morning. */
const SECTIONS = ['Meaning', 'First look', 'Likely causes', 'Fix', 'After'];

const ARTICLE_HEADING = /^## (\S+)$/;

/** Slugs that the alarms of a template point at. */
function alarmSlugs({ Resources }: Template): Set<string> {
  const descriptions = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => String(Properties['AlarmDescription']));
  return new Set(descriptions.map((text) => /#([a-z-]+)$/.exec(text)?.[1] ?? `no slug in "${text}"`));
}

/** Article → its sections, in order. An article is a second-level heading of one word. */
function articlesOf(runbook: string): Map<string, string[]> {
  const articles = new Map<string, string[]>();
  let sections: string[] = [];
  for (const line of runbook.split('\n')) {
    const slug = ARTICLE_HEADING.exec(line)?.[1];
    if (slug !== undefined) articles.set(slug, (sections = []));
    else if (line.startsWith('### ')) sections.push(line.slice('### '.length));
  }
  return articles;
}

/**
 * Alarms and notices without an article, articles that belong to none, articles that lack a section: one sentence each.
 * @param notices slugs of the notices that programs send by themselves
 */
export function runbookGaps(template: Template, runbook: string, notices: readonly string[]): readonly string[] {
  const alarms = alarmSlugs(template);
  const known = new Set([...alarms, ...notices]);
  const articles = articlesOf(runbook);
  return [
    ...[...alarms].filter((slug) => !articles.has(slug)).map((slug) => `alarm ${slug} has no article in the runbook`),
    ...notices.filter((slug) => !articles.has(slug)).map((slug) => `notice ${slug} has no article in the runbook`),
    ...[...articles.keys()].filter((slug) => !known.has(slug)).map((slug) => `article ${slug} belongs to no alarm`),
    ...[...articles]
      .filter(([, sections]) => sections.join() !== SECTIONS.join())
      .map(([slug]) => `article ${slug} does not have the sections ${SECTIONS.join(', ')}`),
  ];
}
