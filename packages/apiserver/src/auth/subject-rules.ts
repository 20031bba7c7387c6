/** What each role may do, in the form in which Kubernetes lists it. Pure. */

import { editable, type Role } from './roles.ts';

interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
}

interface PathRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export interface SubjectRules {
  readonly resourceRules: readonly ResourceRule[];
  readonly nonResourceRules: readonly PathRule[];
  /** There is more that cannot be said in this form. */
  readonly isIncomplete?: true;
}

const any = ['*'];
const reading = ['get', 'list', 'watch'];

/** Of what may be edited; their status and where pods go are not for users. */
const subresources: Readonly<Record<string, readonly string[]>> = {
  pods: ['attach', 'eviction', 'exec', 'log', 'portforward'],
  replicationcontrollers: ['scale'],
  'replicasets.apps': ['scale'],
  'deployments.apps': ['scale'],
};

/** Read by those who see everything but secrets. */
const openly = [
  ...[
    'pods',
    'pods/log',
    'pods/status',
    'replicationcontrollers',
    'services',
    'endpoints',
    'nodes',
    'events',
  ],
  ...['namespaces', 'configmaps'],
];
const groups = ['apps', 'discovery.k8s.io', 'coordination.k8s.io', 'metrics.k8s.io'];

const everybody: SubjectRules = {
  resourceRules: [
    {
      verbs: ['create'],
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    },
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  ],
  nonResourceRules: [
    { verbs: ['get'], nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'] },
    { verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version'] },
  ],
};

const byRole: Readonly<Record<Role | 'everybody', SubjectRules>> = {
  everybody,
  admin: {
    resourceRules: [{ verbs: any, apiGroups: any, resources: any }],
    nonResourceRules: [{ verbs: any, nonResourceURLs: any }],
  },
  edit: {
    resourceRules: [...editRules(), { verbs: reading, apiGroups: any, resources: any }],
    nonResourceRules: [],
  },
  view: {
    resourceRules: [
      { verbs: reading, apiGroups: [''], resources: openly },
      { verbs: reading, apiGroups: groups, resources: any },
    ],
    nonResourceRules: [],
  },
  node: { resourceRules: [], nonResourceRules: [], isIncomplete: true },
};

export function rulesOfRole(role: Role | 'everybody'): SubjectRules {
  return byRole[role];
}

function editRules(): readonly ResourceRule[] {
  return [...editable].map((qualified) => {
    const [resource = '', group = ''] = qualified.split('.', 2);
    const parts = (subresources[qualified] ?? []).map((name) => `${resource}/${name}`);
    return { verbs: any, apiGroups: [group], resources: [resource, ...parts] };
  });
}
