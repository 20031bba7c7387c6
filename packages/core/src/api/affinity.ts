/** What a pod wants of its node. */

export interface NodeSelectorRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values?: readonly string[];
}

/** Holds where all its requirements do; nowhere when it has none. */
export interface NodeSelectorTerm {
  /** On the labels of the node. */
  readonly matchExpressions?: readonly NodeSelectorRequirement[];
  /** On the one field `metadata.name`. */
  readonly matchFields?: readonly NodeSelectorRequirement[];
}

/** Which nodes a pod may run on, and which it would rather have. */
export interface NodeAffinity {
  /** One of the terms has to hold. */
  readonly requiredDuringSchedulingIgnoredDuringExecution?: {
    readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
  };
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    /** 1 to 100. */
    readonly weight: number;
    readonly preference: NodeSelectorTerm;
  }[];
}

/** A pod's wishes about nodes and about other pods. */
export interface Affinity {
  readonly nodeAffinity?: NodeAffinity;
}
