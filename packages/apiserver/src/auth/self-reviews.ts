/** What users ask about themselves: who they are, and what they may do. */

import { json, type Reply } from '../http/reply.ts';
import { textAt } from '../json/fields.ts';
import type { ApiRequest } from '../request/api-request.ts';
import { groupVersionOf, type ResourceInfo } from '../resources/resource-table.ts';
import { readFields } from '../write/incoming-object.ts';
import { reviewAccess } from './access-review.ts';
import type { Authorizer } from './authorize.ts';
import { rulesOfRole, type SubjectRules } from './subject-rules.ts';

interface SelfReview {
  readonly info: ResourceInfo;
  review(authorizer: Authorizer, request: ApiRequest): Promise<object>;
}

function reviewKind(group: string, kind: string): ResourceInfo {
  return {
    group,
    version: 'v1',
    resource: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    kind,
    isNamespaced: false,
    verbs: ['create'],
    subresources: [],
  };
}

const reviews: readonly SelfReview[] = [
  // `kubectl auth can-i`
  { info: reviewKind('authorization.k8s.io', 'SelfSubjectAccessReview'), review: reviewAccess },
  // `kubectl auth can-i --list`
  { info: reviewKind('authorization.k8s.io', 'SelfSubjectRulesReview'), review: reviewRules },
  // `kubectl auth whoami`
  {
    info: reviewKind('authentication.k8s.io', 'SelfSubjectReview'),
    review: async (_, { user }) => ({ status: { userInfo: { username: user.name, groups: user.groups } } }),
  },
];

export const selfReviews: readonly ResourceInfo[] = reviews.map(({ info }) => info);

type Named = Pick<ResourceInfo, 'group' | 'version' | 'resource'>;

export function isSelfReview({ group, resource }: Omit<Named, 'version'>): boolean {
  return selfReviews.some((info) => info.group === group && info.resource === resource);
}

/** `undefined`: the request is for something else. */
export function answerSelfReview(
  authorizer: Authorizer,
  request: ApiRequest,
  target: Named,
): Promise<Reply> | undefined {
  const found = reviews.find(({ info }) => isSame(info, target));
  return found === undefined || request.verb !== 'create'
    ? undefined
    : answerReview(authorizer, request, found);
}

async function answerReview(
  authorizer: Authorizer,
  request: ApiRequest,
  { info, review }: SelfReview,
): Promise<Reply> {
  const header = { kind: info.kind, apiVersion: groupVersionOf(info), metadata: {} };
  return json({ ...header, ...(await review(authorizer, request)) }, 201);
}

function isSame(a: Named, b: Named): boolean {
  return a.group === b.group && a.version === b.version && a.resource === b.resource;
}

async function reviewRules(authorizer: Authorizer, request: ApiRequest): Promise<object> {
  const namespace = textAt(await readFields(request), 'spec', 'namespace') || 'default';
  const own: readonly SubjectRules[] = authorizer.rolesIn(request.user, namespace).map(rulesOfRole);
  const all = [...own, rulesOfRole('everybody')];
  // What the agent of a node may do depends on what is on its node.
  const incomplete = all.some((rules) => rules.isIncomplete === true);
  return {
    spec: { namespace },
    status: {
      resourceRules: all.flatMap(({ resourceRules }) => resourceRules),
      nonResourceRules: all.flatMap(({ nonResourceRules }) => nonResourceRules),
      incomplete,
      ...(incomplete && { evaluationError: 'what a node may do depends on the pods that it has' }),
    },
  };
}
