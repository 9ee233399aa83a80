/** Rules of ours that each synthesis checks, in AWS CloudFormation Guard's language, on top of the CDK's own. */
export const HOUSE_RULES = [
  {
    name: 'alarm_has_runbook',
    content: `rule alarm_has_runbook {
  Resources.*[ Type == 'AWS::CloudWatch::Alarm' ] {
    Properties.AlarmDescription exists
    Properties.AlarmDescription == /Runbook: docs\\/runbook.md#[a-z-]+$/
    Properties.AlarmActions !empty
    Properties.TreatMissingData exists
  }
}`,
  },
  {
    // The schema allows any number; Fargate refuses the deployment above 120 s.
    name: 'fargate_stop_timeout',
    content: `rule fargate_stop_timeout {
  Resources.*[ Type == 'AWS::ECS::TaskDefinition' ].Properties.ContainerDefinitions[*] {
    StopTimeout <= 120
  }
}`,
  },
  {
    name: 'function_has_own_log_group',
    content: `rule function_has_own_log_group {
  Resources.*[ Type == 'AWS::Lambda::Function' ].Properties {
    LoggingConfig.LogGroup exists
    Architectures[0] == 'arm64'
  }
}`,
  },
  {
    name: 'data_is_retained',
    content: `rule data_is_retained {
  Resources.*[ Type in ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::KMS::Key'] ] {
    DeletionPolicy == 'Retain'
    UpdateReplacePolicy == 'Retain'
  }
}`,
  },
];
