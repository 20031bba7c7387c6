// Does nothing until it is told to stop, then exits 0 at once.
process.on('SIGTERM', () => process.exit(0));
setInterval(() => {}, 2 ** 30);
