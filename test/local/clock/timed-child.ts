/** Says what time it is, sleeps for an hour of its own time, says it again and ends. */
process.stdout.write(`${Date.now()}\n`);
setTimeout(() => process.stdout.write(`${Date.now()}\n`), 3_600_000);
