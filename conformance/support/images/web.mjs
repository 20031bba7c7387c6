// Answers every GET on port 80 of its pod with the name of the pod.
import { createServer } from 'node:http';

process.on('SIGTERM', () => process.exit(0));
createServer((_request, response) => response.end(process.env.HOSTNAME)).listen(80, process.env.POD_IP);
