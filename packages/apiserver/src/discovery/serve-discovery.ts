/** Answers of the paths that tell what the server is and has. */

import { json, type Reply } from '../http/reply.ts';
import { acceptedTypes } from '../request/accept.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceInfo } from '../resources/resource-table.ts';
import { aggregated, apiGroup, apiVersions, groupList, resourceList } from './discovery.ts';

/** The Kubernetes version whose API this is, as far as it is there. Clients warn when they are much newer or older. */
const versionInfo = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.0+mooring',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.24.0',
  compiler: 'gc',
  platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** `undefined` where the path is none of these. */
export function answerDiscovery(
  { headers }: ApiRequest,
  path: string,
  resources: readonly ResourceInfo[],
): Reply | undefined {
  const words = path.split('/').filter((word) => word !== '');
  const [root, first, second, ...rest] = words;
  if (rest.length > 0) return undefined;
  if (words.length === 1 && root === 'version') return json(versionInfo);
  if (words.length === 1 && (root === 'api' || root === 'apis')) {
    const isCore = root === 'api';
    const all = aggregatedReply(headers.accept, isCore, resources);
    return all ?? json(isCore ? apiVersions(headers.host ?? '') : groupList(resources));
  }
  if (root === 'api' && second === undefined) return found(resourceList(first ?? '', resources));
  if (root !== 'apis' || first === undefined) return undefined;
  return found(
    second === undefined ? apiGroup(first, resources) : resourceList(`${first}/${second}`, resources),
  );
}

const forms = ['v2', 'v2beta1'];

function aggregatedReply(
  accept: string | undefined,
  isCore: boolean,
  resources: readonly ResourceInfo[],
): Reply | undefined {
  const wanted = acceptedTypes(accept).find(
    ({ parameters }) => parameters['as'] === 'APIGroupDiscoveryList' && forms.includes(parameters['v'] ?? ''),
  );
  const version = wanted?.parameters['v'];
  if (version === undefined) return undefined;
  const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return { ...json(aggregated(isCore, version, resources)), contentType };
}

function found(body: object | undefined): Reply | undefined {
  return body && json(body);
}
