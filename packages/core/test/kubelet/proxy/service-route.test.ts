import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { silentLogger } from '../../../src/contract/logger.ts';
import { Connections } from '../../../src/kubelet/proxy/connections.ts';
import type { EndpointTable } from '../../../src/kubelet/proxy/endpoint-table.ts';
import type { ServiceTarget } from '../../../src/kubelet/proxy/service-ports.ts';
import { ServiceRoute } from '../../../src/kubelet/proxy/service-route.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

it('of a port that has got another name looks for the former one too, for five seconds', async () => {
  const clock = new TestClock();
  const asked: string[] = [];
  const backendsOf = ({ portName }: ServiceTarget) => {
    asked.push(portName);
    return [];
  };
  const endpoints = { backendsOf } as unknown as EndpointTable;
  const target = (portName: string): ServiceTarget => ({
    ...{ namespace: 'default', service: 'web', portName },
    ...{ isLocal: false, affinityMs: undefined },
  });
  const parts = {
    ...{ endpoints, clock, connections: new Connections(), random: new SeededRandom('route') },
    ...{ logger: silentLogger, connectMsMax: 1000, signal: new AbortController().signal },
  };
  const route = new ServiceRoute(parts, target(''));
  const look = () => {
    asked.length = 0;
    route.accept(new Socket());
    return asked.join();
  };
  expect(look()).toBe('');
  route.retarget(target('http'));
  await clock.advanceBy(4999);
  // A change of something else makes the name no younger.
  route.retarget(target('http'));
  expect(look()).toBe('http,');
  await clock.advanceBy(1);
  expect(look()).toBe('http');
});
