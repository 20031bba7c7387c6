/**
 * What is written on containers of the engine, so that the next life of an agent finds its own and only those. The labels
 * of the agent are there for people and their tools; what counts is the record, for images add labels of their own.
 */

import type { ContainerConfig, Labels, SandboxConfig } from '@mooring/core';

export const labelNames = {
  /** Whose it is: the key of an agent. */
  agent: 'mooring.dev/agent',
  /** `container` or `sandbox`. */
  kind: 'mooring.dev/kind',
  record: 'mooring.dev/record',
  /** On what ends with the process of its agent: which one that is. */
  process: 'mooring.dev/process',
  /** On a container that was made ahead of its time: what it was asked to be, in short. */
  spare: 'mooring.dev/spare',
} as const;

export type Kind = 'container' | 'sandbox';

export interface ContainerRecord {
  readonly name: string;
  readonly podUID: string;
  readonly containerName: string;
  readonly attempt: number;
  readonly labels: Labels;
  readonly image: string;
  readonly imageRef: string;
  readonly sandboxID: string;
  readonly tty: boolean;
  readonly hasMessageFile: boolean;
}

export interface SandboxRecord {
  readonly podUID: string;
  readonly attempt: number;
  readonly hostNetwork: boolean;
  readonly createdAtMs: number;
}

export function containerRecord(config: ContainerConfig): ContainerRecord {
  const { name, podUID, containerName, attempt, labels, image, imageRef, sandboxID, tty } = config;
  const hasMessageFile = config.terminationMessagePath !== undefined;
  return { name, podUID, containerName, attempt, labels, image, imageRef, sandboxID, tty, hasMessageFile };
}

export function sandboxRecord(
  { podUID, attempt, hostNetwork }: SandboxConfig,
  createdAtMs: number,
): SandboxRecord {
  return { podUID, attempt, hostNetwork, createdAtMs };
}

/** Whose containers these are. */
export interface Owner {
  readonly agentKey: string;
  /** Of the agent; absent when its containers outlive it. */
  readonly processMark?: string;
}

export function labelsOf(
  { agentKey, processMark }: Owner,
  kind: Kind,
  labels: Labels,
  record: ContainerRecord | SandboxRecord,
): Record<string, string> {
  return {
    ...labels,
    ...(processMark !== undefined && { [labelNames.process]: processMark }),
    [labelNames.agent]: agentKey,
    [labelNames.kind]: kind,
    [labelNames.record]: JSON.stringify(record),
  };
}

/** `undefined` for what is not this agent's, or of the other kind. */
export function readRecord(agentKey: string, kind: 'container', labels: Labels): ContainerRecord | undefined;
export function readRecord(agentKey: string, kind: 'sandbox', labels: Labels): SandboxRecord | undefined;
export function readRecord(
  agentKey: string,
  kind: Kind,
  labels: Labels,
): ContainerRecord | SandboxRecord | undefined {
  if (labels[labelNames.agent] !== agentKey || labels[labelNames.kind] !== kind) return undefined;
  const record: unknown = JSON.parse(labels[labelNames.record] ?? 'null');
  // Under the key of this agent only this agent writes.
  return typeof record === 'object' && record !== null
    ? (record as ContainerRecord | SandboxRecord)
    : undefined;
}

/** The engine's filters for what belongs to an agent. */
export function filtersOf(agentKey: string, kind?: Kind): { label: string[] } {
  const own = [`${labelNames.agent}=${agentKey}`];
  return { label: kind === undefined ? own : [...own, `${labelNames.kind}=${kind}`] };
}

/** Names are unique on an engine, which several agents may share. */
export function engineNameOf(agentKey: string, name: string): string {
  return `mooring_${agentKey}_${name.replace(/[^a-zA-Z0-9_.-]/g, '-')}`;
}
