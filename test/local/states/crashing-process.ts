import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '#core/domain/clock.ts';
import { StepFunctions } from '../../../local/states/step-functions.ts';
import { definition } from './crashing-machine.ts';

/** Runs one execution until its second task says so on stdout, and hangs there until it is killed. */
const database = new DatabaseSync(process.argv[2] ?? '');
database.exec('PRAGMA journal_mode = WAL');
const states = new StepFunctions({
  clock: systemClock,
  database,
  tasks: {
    invoke(call) {
      if (call.state === 'First') return Promise.resolve(call.arguments);
      process.stdout.write('in the second task\n');
      return new Promise(() => undefined);
    },
  },
});
const arn = 'arn:aws:states:us-east-1:000000000000:stateMachine:m';
const text = JSON.stringify({ QueryLanguage: 'JSONata', ...definition });
states.createStateMachine({ name: 'm', arn, definition: text, roleArn: 'role' });
states.startExecution({ stateMachineArn: arn, name: 'killed' });
