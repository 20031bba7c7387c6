/** The files of configMap, secret, downwardAPI and projected volumes: which paths, with which mode and content. */

import type {
  ConfigMapVolume,
  DownwardApiItem,
  KeyToPath,
  Pod,
  ProjectedSource,
  ResourceFieldSelector,
  Volume,
} from '../../api/pod.ts';
import { volumeField } from '../environment/field-ref.ts';
import { resourceField } from '../environment/resource-field-ref.ts';
import { type Answer, found, missing, type Surroundings } from '../environment/surroundings.ts';
import { pathProblem } from './file-path.ts';

export interface PlannedFile {
  /** Relative to the volume, `/`-separated. */
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

const fallbackMode = 0o644;

export const fileSources = ['configMap', 'secret', 'downwardAPI', 'projected'] as const;

/** All files of a volume that consists of files; the words of Kubernetes when something it names is not there. */
export function volumeFiles(
  pod: Pod,
  volume: Volume,
  surroundings: Surroundings,
): Answer<readonly PlannedFile[]> {
  const { configMap, secret, downwardAPI, projected } = volume;
  const owner = configMap ?? secret ?? downwardAPI ?? projected;
  const collector = new Collector(pod, surroundings, owner?.defaultMode ?? fallbackMode);
  if (configMap !== undefined) return collector.files([collector.configMap(configMap)]);
  if (secret !== undefined)
    return collector.files([collector.secret({ ...secret, name: secret.secretName })]);
  if (downwardAPI !== undefined) return collector.files([collector.downward(downwardAPI.items)]);
  return collector.files((projected?.sources ?? []).map((source) => collector.projected(source)));
}

interface Reference {
  readonly name?: string | undefined;
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
}

/** Entries of an object with how one is read. */
type Entries = ReadonlyMap<string, () => Uint8Array>;

class Collector {
  private readonly pod: Pod;
  private readonly surroundings: Surroundings;
  private readonly defaultMode: number;

  constructor(pod: Pod, surroundings: Surroundings, defaultMode: number) {
    this.pod = pod;
    this.surroundings = surroundings;
    this.defaultMode = defaultMode;
  }

  /** Puts the parts of a volume together: a later part replaces a file of the same path. */
  files(parts: readonly Answer<readonly PlannedFile[]>[]): Answer<readonly PlannedFile[]> {
    const byPath = new Map<string, PlannedFile>();
    for (const part of parts) {
      if (!part.ok) return part;
      for (const file of part.value) byPath.set(file.path, file);
    }
    const problem = pathProblem([...byPath.keys()]);
    return problem === undefined ? found([...byPath.values()]) : missing(problem);
  }

  configMap(reference: ConfigMapVolume): Answer<readonly PlannedFile[]> {
    const object = this.surroundings.objects.configMap(this.namespace, reference.name ?? '');
    if (object === undefined) return this.absent(reference, `configmap "${reference.name ?? ''}" not found`);
    const entries = new Map([...texts(object.data), ...binaries(object.binaryData)]);
    return this.pick(entries, reference, 'configmap references non-existent config key');
  }

  secret(reference: Reference): Answer<readonly PlannedFile[]> {
    const object = this.surroundings.objects.secret(this.namespace, reference.name ?? '');
    if (object === undefined) return this.absent(reference, `secret "${reference.name ?? ''}" not found`);
    return this.pick(new Map(binaries(object.data)), reference, 'references non-existent secret key');
  }

  downward(items: readonly DownwardApiItem[] = []): Answer<readonly PlannedFile[]> {
    const files: PlannedFile[] = [];
    for (const item of items) {
      const text = this.downwardText(item);
      if (!text.ok) return text;
      files.push({ path: item.path, mode: item.mode ?? this.defaultMode, content: Buffer.from(text.value) });
    }
    return found(files);
  }

  projected(source: ProjectedSource): Answer<readonly PlannedFile[]> {
    if (source.configMap !== undefined) return this.configMap(source.configMap);
    if (source.secret !== undefined) return this.secret(source.secret);
    if (source.downwardAPI !== undefined) return this.downward(source.downwardAPI.items);
    const [unknown = 'nothing'] = Object.keys(source);
    return missing(`projected source ${unknown} is not supported by this node`);
  }

  private get namespace(): string {
    return this.pod.metadata.namespace ?? 'default';
  }

  private absent(reference: Reference, message: string): Answer<readonly PlannedFile[]> {
    return reference.optional === true ? found([]) : missing(message);
  }

  private pick(entries: Entries, reference: Reference, keyError: string): Answer<readonly PlannedFile[]> {
    const { items, optional } = reference;
    if (items === undefined || items.length === 0) {
      return found(
        Array.from(entries, ([key, read]) => ({ path: key, mode: this.defaultMode, content: read() })),
      );
    }
    const files: PlannedFile[] = [];
    for (const item of items) {
      const read = entries.get(item.key);
      if (read !== undefined)
        files.push({ path: item.path, mode: item.mode ?? this.defaultMode, content: read() });
      else if (optional !== true) return missing(`${keyError}: ${item.key}`);
    }
    return found(files);
  }

  private downwardText(item: DownwardApiItem): Answer<string> {
    if (item.fieldRef !== undefined) return volumeField(this.pod, item.fieldRef.fieldPath);
    const selector: ResourceFieldSelector | undefined = item.resourceFieldRef;
    if (selector !== undefined) return resourceField(this.pod, selector, this.surroundings.allocatable);
    return missing(`downwardAPI item ${item.path} names neither fieldRef nor resourceFieldRef`);
  }
}

function texts(data: Readonly<Record<string, string>> = {}): [string, () => Uint8Array][] {
  return Object.entries(data).map(([key, value]) => [key, () => Buffer.from(value)]);
}

function binaries(data: Readonly<Record<string, string>> = {}): [string, () => Uint8Array][] {
  return Object.entries(data).map(([key, value]) => [key, () => Buffer.from(value, 'base64')]);
}
