/** What makes two pod templates the same, and the hash that tells the ReplicaSets of a Deployment apart. */

import { generatedNameAlphabet } from '../../api/names.ts';
import type { PodTemplateSpec } from '../../api/workloads.ts';
import { templateText } from './template-text.ts';

/** The label that a ReplicaSet, its selector and its pods carry; never part of the Deployment's own template. */
export const hashLabel = 'pod-template-hash';

/** The label `pod-template-hash` makes no difference. */
export function isSameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return textOf(a) === textOf(b);
}

export function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [hashLabel]: hash, ...labels } = template.metadata?.labels ?? {};
  return hash === undefined ? template : { ...template, metadata: { ...template.metadata, labels } };
}

export function withHash(template: PodTemplateSpec, hash: string): PodTemplateSpec {
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return { ...template, metadata: { ...template.metadata, labels } };
}

/**
 * FNV-32a, in decimal digits that are mapped to the letters of generated names, as Kubernetes does it. What is hashed is
 * the template as JSON with sorted fields, so the digits are not those of a Kubernetes cluster, which hashes its Go structs.
 */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  const digits = String(fnv32a(`${textOf(template)}${collisionCount ?? ''}`));
  return [...digits].map((digit) => safeLetter(digit.charCodeAt(0))).join('');
}

function safeLetter(code: number): string {
  return generatedNameAlphabet[code % generatedNameAlphabet.length] ?? '';
}

function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

// Objects of the store are frozen, so a template never changes under its text; every look asks for those of all revisions.
const texts = new WeakMap<PodTemplateSpec, string>();

function textOf(template: PodTemplateSpec): string {
  const known = texts.get(template);
  if (known !== undefined) return known;
  const text = templateText(withoutHash(template));
  texts.set(template, text);
  return text;
}
