/**
 * What is written on containers of the engine, so that the next life of an agent finds its own and only those. The labels
 * of the agent are there for people and their tools; what counts is the record, for images add labels of their own.
 */

import type { ContainerConfig, Labels, SandboxConfig } from '@mooring/core';
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';

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
  /** Of one that was made ahead of its time: what it was asked to be. */
  readonly spareMark?: string;
  readonly processMark?: string;
}

export interface SandboxRecord {
  readonly podUID: string;
  readonly attempt: number;
  readonly hostNetwork: boolean;
  readonly createdAtMs: number;
  readonly processMark?: string;
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

/** What lists, events and inspections say of who made a container. */
export interface Origin {
  readonly labels: Labels;
  /** On the engine. */
  readonly name: string;
  /** As it was asked for. */
  readonly image: string;
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
    [labelNames.record]: JSON.stringify({ ...record, ...(processMark !== undefined && { processMark }) }),
  };
}

/** The labels of one that is made ahead of its time. `mark`: what it is asked to be. */
export function spareLabels(labels: Labels, mark: string): Record<string, string> {
  const record: unknown = JSON.parse(labels[labelNames.record] ?? '{}');
  const spare = { ...(record as ContainerRecord), spareMark: mark };
  return { ...labels, [labelNames.spare]: mark, [labelNames.record]: JSON.stringify(spare) };
}

/**
 * `undefined` for what is not this agent's, or of the other kind. Whoever makes an image from a container (`docker commit`)
 * and runs that has its labels as well; that one has another image, and a name of its own.
 */
export function readRecord(agentKey: string, kind: 'container', origin: Origin): ContainerRecord | undefined;
export function readRecord(agentKey: string, kind: 'sandbox', origin: Origin): SandboxRecord | undefined;
export function readRecord(
  agentKey: string,
  kind: Kind,
  { labels, name, image }: Origin,
): ContainerRecord | SandboxRecord | undefined {
  if (labels[labelNames.agent] !== agentKey || labels[labelNames.kind] !== kind) return undefined;
  const record: unknown = JSON.parse(labels[labelNames.record] ?? 'null');
  // Under the key of this agent only this agent writes.
  if (typeof record !== 'object' || record === null) return undefined;
  const read = record as ContainerRecord | SandboxRecord;
  const isMade = !('imageRef' in read) || read.imageRef === image || hasNameOf(agentKey, name);
  return isMade ? read : undefined;
}

/** `undefined` for what no agent has made. */
export function readAnyRecord(origin: Origin): ContainerRecord | SandboxRecord | undefined {
  const { [labelNames.agent]: key = '', [labelNames.kind]: kind } = origin.labels;
  return kind === 'sandbox' ? readRecord(key, kind, origin) : readRecord(key, 'container', origin);
}

/** Somebody may have renamed it since. */
function hasNameOf(agentKey: string, name: string): boolean {
  return name.replace(/^\//, '').startsWith(engineNameOf(agentKey, ''));
}

/** What a list of the engine says of it. */
export function originOf({ Labels, Names, Image }: ListedOrigin): Origin {
  return { labels: Labels, name: Names[0] ?? '', image: Image };
}

/** What an inspection says of it. */
export function inspectedOrigin({ Name, Config }: Pick<ContainerInspectInfo, 'Name' | 'Config'>): Origin {
  return { labels: Config.Labels, name: Name, image: Config.Image };
}

type ListedOrigin = Pick<ContainerInfo, 'Labels' | 'Names' | 'Image'>;

/** The engine's filters for what belongs to an agent. */
export function filtersOf(agentKey: string, kind?: Kind): { label: string[] } {
  const own = [`${labelNames.agent}=${agentKey}`];
  return { label: kind === undefined ? own : [...own, `${labelNames.kind}=${kind}`] };
}

/** Names are unique on an engine, which several agents may share. */
export function engineNameOf(agentKey: string, name: string): string {
  return `mooring_${agentKey}_${name.replace(/[^a-zA-Z0-9_.-]/g, '-')}`;
}
