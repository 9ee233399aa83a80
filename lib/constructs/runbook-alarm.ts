import { Alarm, type AlarmProps, type TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** Where the articles are; each alarm points at the heading with its slug. */
export const RUNBOOK = 'docs/runbook.md';

export interface RunbookAlarmProps extends Omit<AlarmProps, 'alarmName' | 'alarmDescription' | 'treatMissingData'> {
  /** Heading of the article in the runbook. */
  readonly slug: string;
  /** One sentence: what is wrong when this alarm rings. */
  readonly summary: string;
  /** What silence means; there is no safe default. */
  readonly treatMissingData: TreatMissingData;
  readonly topic: ITopic;
}

/** An alarm that nobody has to interpret: it says what is wrong and where to read on. */
export class RunbookAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    const { slug, summary, topic, ...alarm } = props;
    super(scope, id, { ...alarm, alarmDescription: `${summary}\nRunbook: ${RUNBOOK}#${slug}` });
    this.addAlarmAction(new SnsAction(topic));
  }
}
