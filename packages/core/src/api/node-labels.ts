/** Labels of nodes that mean something to others. */

export const hostnameLabel = 'kubernetes.io/hostname';
export const regionLabel = 'topology.kubernetes.io/region';
export const zoneLabel = 'topology.kubernetes.io/zone';
