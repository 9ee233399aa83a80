/** Two tasks; the process of the test dies inside the second. */
export const definition = {
  StartAt: 'First',
  States: {
    First: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: 'first',
      Assign: { first: '{% $states.result %}' },
      Next: 'Second',
    },
    Second: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: ['{% $first %}', '{% $states.input %}'],
      End: true,
    },
  },
};
