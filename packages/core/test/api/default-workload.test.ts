import { describe, expect, it } from 'vitest';
import { admitObject } from '../../src/api/admit.ts';
import { admitted, labels, podTemplate, workload, workloadKinds } from './workload-examples.ts';

describe.each(workloadKinds)('the defaults of a %s', (kind) => {
  it('are one pod, and those of a pod in its template', () => {
    expect(admitted(workload(kind))).toMatchObject({
      spec: {
        replicas: 1,
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: 'Always',
            terminationGracePeriodSeconds: 30,
            containers: [{ imagePullPolicy: 'IfNotPresent', terminationMessagePolicy: 'File' }],
          },
        },
      },
    });
  });

  it('leave to the pods what follows from limits and from the network of the host', () => {
    const container = {
      name: 'web',
      image: 'i',
      ports: [{ containerPort: 80 }],
      resources: { limits: { cpu: '1' } },
    };
    const template = podTemplate({ hostNetwork: true, containers: [container] });
    const object = admitted(workload(kind, { template }));
    expect(object).toHaveProperty('spec.template.spec.containers[0].resources', { limits: { cpu: '1' } });
    expect(object).toHaveProperty('spec.template.spec.containers[0].ports', [
      { containerPort: 80, protocol: 'TCP' },
    ]);
  });

  it('are stable', () => {
    const once = admitted(workload(kind, { replicas: 0 }));
    expect(admitObject(once)).toEqual({ object: once, errors: [], warnings: [] });
  });
});

describe('the defaults of a ReplicationController', () => {
  it('are the labels of the template, each where there are none', () => {
    const open = { selector: undefined };
    expect(admitted(workload('ReplicationController', open))).toMatchObject({
      metadata: { labels },
      spec: { selector: labels },
    });
    const own = { labels: { own: 'yes' } };
    const kept = admitted(workload('ReplicationController', { selector: {} }, own));
    expect(kept.metadata.labels).toEqual(own.labels);
    expect(kept).toMatchObject({ spec: { selector: labels } });
  });

  it('follow the template when the selector is left open once more', () => {
    const template = podTemplate({}, { labels: { app: 'other' } });
    expect(admitted(workload('ReplicationController', { selector: undefined, template }))).toMatchObject({
      spec: { selector: { app: 'other' } },
    });
  });
});

describe('the defaults of a Deployment', () => {
  it('are a quarter at a time, ten minutes, ten old sets', () => {
    const { spec } = admitted(workload('Deployment')) as unknown as { readonly spec: object };
    expect(spec).toMatchObject({
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    expect(spec).not.toHaveProperty('minReadySeconds');
    expect(spec).not.toHaveProperty('paused');
  });

  it('keep what is given, zero too', () => {
    const given = {
      replicas: 0,
      strategy: { type: 'Recreate' },
      revisionHistoryLimit: 0,
      progressDeadlineSeconds: 5,
      minReadySeconds: 0,
      paused: true,
    };
    expect(admitted(workload('Deployment', given))).toMatchObject({ spec: given });
    const surge = { rollingUpdate: { maxSurge: 0 } };
    expect(admitted(workload('Deployment', { strategy: surge }))).toMatchObject({
      spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '25%' } } },
    });
  });
});
