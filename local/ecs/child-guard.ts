import process from 'node:process';

// Imported first in each child of the runner. The channel closes when the runner ends, however it ends; what happens to
// the child then is what happens to a container whose host is gone.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// The guard alone must not keep a process alive that has nothing left to do.
process.channel?.unref();
