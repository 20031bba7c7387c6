/**
 * The floor of an agent on a Docker engine: a bare client that hears of every change and lists all containers as often.
 * Arguments: where the engine listens.
 */

import Docker from 'dockerode';
import { tellUsage } from './usage.mjs';

const [host = ''] = process.argv.slice(2);
const listMs = 10_000;

const docker = new Docker({ socketPath: host.replace('unix://', '') });
let containers = [];
setInterval(async () => {
  containers = await docker.listContainers({ all: true });
}, listMs);
const events = await docker.getEvents({ filters: JSON.stringify({ type: ['container'] }) });
events.on('data', () => containers.splice(0));
tellUsage();
