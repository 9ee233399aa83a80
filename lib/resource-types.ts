/** CloudFormation's name of a log group, for whoever looks for those of a deployed stack. */
export const LOG_GROUP_TYPE = 'AWS::Logs::LogGroup';
