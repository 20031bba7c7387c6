/** What every kubectl must be able to do, command by command: its exit code, and the words that it prints. */

import { type Cluster, createCluster } from '@mooring/core';
import { memoryVolumes } from '@mooring/core/testing';
import { exits, fakeRuntime, runsForever } from '@mooring/runtime-fake';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Kubectl } from '../../../../test/support/kubectl.ts';
import { certificates } from '../../../core/test/nats/certificates.ts';
import { type ApiServer, createApiServer } from '../../src/index.ts';
import { richPod } from '../support/rich-pod.ts';

export interface SuiteOptions {
  readonly program: string;
  /** Of version 1.20, which leaves less to the server. */
  readonly isOld: boolean;
}

const web = (replicas: number, image = 'nginx:1', env: object[] = [{ name: 'A', value: '1' }]) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image, env, ports: [{ containerPort: 80 }] }] },
      },
    },
  });

export function kubectlSuite({ program, isOld }: SuiteOptions): void {
  let cluster: Cluster;
  let server: ApiServer;
  let kubectl: Kubectl;
  const ok: Kubectl['ok'] = (line, options) => kubectl.ok(line, options);
  const fails = async (line: string, code: number, words: RegExp, input?: string) => {
    const ran = await kubectl.run(line.split(' '), input === undefined ? {} : { input });
    expect(ran).toMatchObject({ exitCode: code, stderr: expect.stringMatching(words) });
  };
  const value = (what: string, path: string) => ok(`get ${what} -o jsonpath={${path}}`);

  beforeAll(async () => {
    const images = { '*': { run: runsForever }, crash: { run: () => exits(1, 100) } };
    const allocatable = { cpu: '8', memory: '32Gi', pods: '100' };
    cluster = await createCluster({
      plugins: [fakeRuntime({ images })],
      nodes: ['node-a', 'node-b'].map((name) => ({ name, allocatable })),
      volumes: () => memoryVolumes(),
      serviceProxy: false,
    });
    server = await createApiServer({ cluster });
    kubectl = new Kubectl(program, server.url);
  });

  afterAll(async () => {
    kubectl?.[Symbol.dispose]();
    await server?.close();
    await cluster?.detach();
  });

  describe('looking around', () => {
    it('sees what the server is and has', async () => {
      expect(await ok('version')).toMatch(/Server Version.*v1\.\d+/);
      const resources = await ok('api-resources');
      expect(resources).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
      expect(resources.trim().split('\n')).toHaveLength(19);
      expect(await ok('get --raw /healthz')).toBe('ok');
    });

    it('lists namespaces and nodes', async () => {
      expect(await ok('get ns')).toMatch(/^NAME +STATUS +AGE\ndefault +Active/);
      const nodes = await ok('get nodes -o wide');
      expect(nodes).toMatch(/^node-a +Ready +<none> +\d+s +v\d\S+ +127\.0\.0\.1 +<none>/m);
    });

    it('sees where it is, and all that it says of itself', async () => {
      expect(await ok('cluster-info')).toContain(server.url);
      const dump = await ok('cluster-info dump');
      expect(dump).toMatch(/"kind": "NodeList"[\s\S]*"kind": "DaemonSetList"[\s\S]*"kind": "PodList"/);
      await fails('get daemonsets', 1, /the server doesn't have a resource type "daemonsets"/);
      expect(await ok('api-versions')).toMatch(/^apps\/v1$[\s\S]*^v1$/m);
      expect(await ok('get --raw /readyz?verbose')).toMatch(/^\[\+\]store ok$/m);
      expect(await ok('get pods,svc -A')).toMatch(/^default +service\/kubernetes|No resources found/m);
    });

    it('lets a proxy stand before it', async () => {
      const proxy = kubectl.start('proxy --port=0'.split(' '));
      await proxy.printed(/Starting to serve on 127\.0\.0\.1:\d+/);
      const port = /:(\d+)/.exec(proxy.said.stdout)?.[1];
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/namespaces/default`);
      expect(await answer.json()).toMatchObject({ kind: 'Namespace', metadata: { name: 'default' } });
      proxy.stop();
    });

    it('explains fields, in the words of Kubernetes', async () => {
      const words = await ok('explain pod.spec.containers.ports');
      expect(words).toContain('List of ports to expose from the container.');
      expect(words).toMatch(/containerPort\s+<integer>\s+-required-/);
    });

    it('is told what is not there', async () => {
      await fails('get pod nobody', 1, /^Error from server \(NotFound\): pods "nobody" not found/);
      await fails('get nothing', 1, /the server doesn't have a resource type "nothing"/);
      expect(await ok('get pods')).toBe('No resources found in default namespace.\n');
    });
  });

  describe('a Deployment', () => {
    it('is created, and not twice', async () => {
      expect(await ok('create -f - --dry-run=server', { input: web(2) })).toMatch(
        /created \(server dry run\)/,
      );
      expect(await ok('create -f -', { input: web(2) })).toBe('deployment.apps/web created\n');
      await fails('create -f -', 1, /\(AlreadyExists\).*deployments\.apps "web" already exists/s, web(2));
      expect(await ok('rollout status deploy/web --timeout=60s')).toMatch(/successfully rolled out/);
    });

    it('is applied, and unchanged the next time', async () => {
      expect(await ok('apply -f -', { input: web(2) })).toMatch(/^deployment\.apps\/web configured/);
      expect(await ok('apply -f -', { input: web(2) })).toBe('deployment.apps/web unchanged\n');
      const changed = web(2, 'nginx:1', [{ name: 'B', value: '2' }]);
      expect(await ok('apply -f -', { input: changed })).toBe('deployment.apps/web configured\n');
      expect(await value('deploy/web', '.spec.template.spec.containers[0].env')).toBe(
        '[{"name":"B","value":"2"}]',
      );
      expect(await kubectl.run(['diff', '-f', '-'], { input: web(3) })).toMatchObject({
        exitCode: 1,
        stdout: expect.stringMatching(/^- {2}replicas: 2\n\+ {2}replicas: 3$/m),
      });
    });

    it('with fields that do not exist is refused', async () => {
      const bogus =
        '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"bogus":1,"containers":[]}}';
      await fails('apply -f -', 1, /unknown field "(?:spec\.)?bogus"/, bogus);
    });

    it('is applied by the server', async () => {
      const input = JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'applied' },
        data: { a: '1' },
      });
      expect(await ok('apply --server-side -f -', { input })).toBe('configmap/applied serverside-applied\n');
      expect(await ok('apply --server-side -f -', { input })).toBe('configmap/applied serverside-applied\n');
      await ok('patch cm applied -p {"data":{"a":"2"}}');
      const refused = /Apply failed with 1 conflict: conflict with "[^"]+" using v1: \.data\.a/;
      await fails('apply --server-side -f -', 1, refused, input);
      expect(await ok('apply --server-side --force-conflicts -f -', { input })).toMatch(/serverside-applied/);
      expect(await value('cm/applied', '.data.a')).toBe('1');
    });

    it('is shown in every form', async () => {
      await ok('rollout status deploy/web --timeout=60s');
      expect(await ok('get deploy web')).toMatch(
        /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 /,
      );
      expect(await ok('get deploy web -o wide')).toMatch(
        /CONTAINERS +IMAGES +SELECTOR\n.*web +nginx:1 +app=web/,
      );
      expect(await ok('get deploy web -o name')).toBe('deployment.apps/web\n');
      expect(await ok('get deploy web -o yaml')).toMatch(/^apiVersion: apps\/v1\nkind: Deployment\n/);
      expect(JSON.parse(await ok('get deploy,rs -o json')).items).toHaveLength(3);
      expect(await ok('get deploy -o custom-columns=R:.spec.replicas')).toBe('R\n2\n');
      expect(await ok('get all')).toMatch(/^deployment\.apps\/web/m);
      expect(await ok('get pods -A --sort-by=.metadata.name -o wide')).toMatch(
        /^default +web-\S+ +1\/1 +Running/m,
      );
      expect(await ok('get pods -l app=web --field-selector=status.phase=Running -o name')).toMatch(
        /^(pod\/web-\S+\n){2}$/,
      );
      expect(await ok('get pods --chunk-size=1 -o name')).toMatch(/^(pod\/web-\S+\n){2}$/);
    });

    it('is described, as are its pods and nodes', async () => {
      const deployment = await ok('describe deploy web');
      expect(deployment).toMatch(/^Replicas: +2 desired \| 2 updated \| 2 total \| 2 available/m);
      expect(deployment).toMatch(/ScalingReplicaSet .*Scaled up replica set web-/);
      const pod = await ok('describe pod -l app=web');
      expect(pod).toMatch(/Controlled By: +ReplicaSet\/web-/);
      expect(pod).toMatch(/Normal +Started .*kubelet/);
      const node = await ok('describe node node-a');
      expect(node).toMatch(/HolderIdentity: +node-a/);
      expect(node).toMatch(/Non-terminated Pods:/);
    });

    it('is scaled, patched and edited', async () => {
      expect(await ok('scale deploy/web --replicas=3')).toBe('deployment.apps/web scaled\n');
      await fails(
        'scale deploy/web --replicas=5 --current-replicas=2',
        1,
        /Expected replicas to be 2, was 3/,
      );
      expect(await ok('scale deploy/web --replicas=2 --current-replicas=3')).toMatch(/scaled/);
      const patches = [
        ['--type=strategic', '{"spec":{"revisionHistoryLimit":3}}'],
        ['--type=merge', '{"spec":{"revisionHistoryLimit":4}}'],
        [
          '--type=json',
          '[{"op":"test","path":"/spec/revisionHistoryLimit","value":4},{"op":"replace","path":"/spec/revisionHistoryLimit","value":5}]',
        ],
      ];
      for (const [type = '', patch = ''] of patches)
        expect(await ok(`patch deploy web ${type} -p ${patch}`)).toBe('deployment.apps/web patched\n');
      expect(await value('deploy/web', '.spec.revisionHistoryLimit')).toBe('5');
      await fails(
        'patch deploy web --type=json -p [{"op":"remove","path":"/spec/nothing"}]',
        1,
        /The request is invalid/,
      );
      await fails(
        'patch deploy web -p {"spec":{"replicas":-1}}',
        1,
        /The Deployment "web" is invalid: spec\.replicas: Invalid value/,
      );
      const editor = kubectl.file(
        'editor',
        '#!/bin/sh\nsed -i "s/revisionHistoryLimit: 5/revisionHistoryLimit: 6/" "$1"\n',
      );
      expect(await ok('edit deploy web', { env: { EDITOR: editor } })).toBe('deployment.apps/web edited\n');
      expect(await value('deploy/web', '.spec.revisionHistoryLimit')).toBe('6');
    });

    it('is rolled out, back, and out again', async () => {
      expect(await ok('set image deploy/web web=nginx:2')).toMatch(/image updated/);
      expect(await ok('rollout status deploy/web --timeout=60s')).toMatch(/successfully rolled out/);
      expect(await ok('rollout history deploy/web')).toMatch(/^REVISION +CHANGE-CAUSE\n1 +<none>\n2 /m);
      expect(await ok('rollout history deploy/web --revision=3')).toMatch(/Image:\s+nginx:2/);
      if (!isOld) {
        const status = '{"status":{"collisionCount":1}}';
        expect(await ok(`patch deploy web --subresource=status --type=merge -p ${status}`)).toMatch(
          /patched/,
        );
      }
      expect(await ok('rollout undo deploy/web')).toMatch(/rolled back/);
      expect(await value('deploy/web', '.spec.template.spec.containers[0].image')).toBe('nginx:1');
      // The ReplicaSet of that revision is the new one again: 2 has become 4.
      await expect
        .poll(async () => await ok('rollout history deploy/web'), { timeout: 60_000 })
        .toMatch(/^1 +<none>\n3 +<none>\n4 +<none>$/m);
      expect(await ok('rollout undo deploy/web --to-revision=3')).toMatch(/rolled back/);
      expect(await value('deploy/web', '.spec.template.spec.containers[0].image')).toBe('nginx:2');
      expect(await ok('set resources deploy/web --limits=cpu=20m')).toMatch(/requirements updated/);
      expect(await value('deploy/web', '.spec.template.spec.containers[0].resources.limits.cpu')).toBe('20m');
      expect(await ok('set env deploy/web B-')).toMatch(/env updated/);
      expect(await ok('set image deploy/web web=nginx:1')).toMatch(/image updated/);
      expect(await ok('rollout restart deploy/web')).toMatch(/restarted/);
      expect(await ok('rollout pause deploy/web')).toMatch(/paused/);
      await fails('rollout pause deploy/web', 1, /is already paused/);
      expect(await ok('rollout resume deploy/web')).toMatch(/resumed/);
      expect(await ok('wait --for=condition=Available deploy/web --timeout=60s')).toMatch(/condition met/);
    });

    it('is labelled, annotated and exposed', async () => {
      expect(await ok('label deploy/web tier=front')).toMatch(/labeled/);
      await fails('label deploy/web tier=back', 1, /'tier' already has a value/);
      expect(await ok('label deploy/web tier=back --overwrite')).toMatch(/labeled/);
      expect(await ok('label deploy/web tier-')).toMatch(/labeled|unlabeled/);
      expect(await ok('annotate deploy/web note=hello')).toMatch(/annotated/);
      expect(await ok('annotate deploy/web note=bye --overwrite')).toMatch(/annotated/);
      expect(await ok('get deploy -L app --show-labels')).toMatch(/APP +LABELS\n.* web +app=web/);
      expect(await ok('expose deploy web --port=80 --name=websvc')).toBe('service/websvc exposed\n');
      expect(await ok('get svc websvc')).toMatch(/websvc +ClusterIP +127\.\S+ +<none> +80\/TCP/);
      expect(await ok('describe svc websvc')).toMatch(/Selector: +app=web/);
    });
  });

  describe('pods', () => {
    it('are run, watched and deleted', async () => {
      const watch = kubectl.start('get pods -w -l run=solo'.split(' '));
      expect(await ok('run solo --image=nginx')).toBe('pod/solo created\n');
      expect(await ok('wait --for=condition=Ready pod/solo --timeout=60s')).toMatch(/condition met/);
      await watch.printed(/^solo +1\/1 +Running/m);
      expect(await ok('delete pod solo --now')).toMatch(/^pod "solo" deleted/);
      await watch.printed(/^solo +\S+ +Terminating/m);
      watch.stop();
      await fails('get pod solo', 1, /NotFound/);
    });

    it('of a ReplicationController are described, scaled and found by the beginning of their names', async () => {
      const template = {
        metadata: { labels: { app: 'old' } },
        spec: { containers: [{ name: 'old', image: 'nginx:1' }] },
      };
      const controller = {
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata: { name: 'old' },
        spec: { replicas: 1, template },
      };
      const input = JSON.stringify(controller);
      expect(await ok('apply --dry-run=server -f -', { input })).toMatch(/created \(server dry run\)/);
      expect(await ok('create -f -', { input })).toBe('replicationcontroller/old created\n');
      expect(await ok('scale rc old --replicas=2 --timeout=60s')).toMatch(/scaled/);
      expect(await ok('describe rc old')).toMatch(/^Replicas: +2 current \/ 2 desired/m);
      expect(await ok('describe pod old')).toMatch(/^Controlled By: +ReplicationController\/old$/m);
      expect(await ok('set env rc/old COLOUR=red')).toMatch(/env updated/);
      expect(await value('rc/old', '.spec.template.spec.containers[0].env[0].value')).toBe('red');
      if (!isOld)
        expect(await ok('wait --for=jsonpath={.status.replicas}=2 rc/old --timeout=60s')).toMatch(/met/);
      const later = kubectl.start('get rc --watch-only'.split(' '));
      await expect.poll(() => server.watching().get('ReplicationController'), { timeout: 60_000 }).toBe(1);
      expect(await ok('delete -f -', { input })).toMatch(/^replicationcontroller "old" deleted/);
      await later.printed(/^old +2 /m);
      later.stop();
      expect(await ok('delete rc old --ignore-not-found')).toBe('');
    });

    it('that crash say so', async () => {
      await ok('run crashing --image=crash');
      const watch = kubectl.start('get pod crashing -w'.split(' '));
      await watch.printed(/^crashing +0\/1 +CrashLoopBackOff +[1-9]\d* \(\d+s ago\)/m);
      watch.stop();
      expect(await ok('get events --field-selector=involvedObject.name=crashing')).toMatch(
        /Warning +BackOff +pod\/crashing/,
      );
      if (!isOld) expect(await ok('events --for=pod/crashing')).toMatch(/Warning +BackOff +Pod\/crashing/);
      expect(await ok('delete pod crashing --force --grace-period=0')).toMatch(/force deleted/);
      // To the old one what is gone already is a mistake.
      if (!isOld) expect(await ok('wait --for=delete pod/crashing --timeout=60s')).toBe('');
    });

    it('take a debugger, and kinds that are not here are not made', async () => {
      await ok('run debugged --image=nginx');
      if (isOld) await fails('debug debugged --image=shell', 1, /./);
      else await debugged();
      await fails(
        'autoscale deploy/web --max=5',
        1,
        /could not find the requested resource|failed to create/,
      );
      await fails('create job j --image=busybox', 1, /there are no jobs of batch\/v1 here/);
      const input = JSON.stringify({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' } });
      await fails('apply -f -', 1, /no matches for kind "StatefulSet" in version "apps\/v1"/, input);
      expect(await ok('delete pods --field-selector=metadata.name=debugged --now')).toMatch(/deleted/);
    });

    async function debugged(): Promise<void> {
      const run = 'debug debugged --image=shell --attach=false --profile=general';
      expect(await ok(`${run} -c look --target=debugged -- sleep 5`)).toContain(
        'Targeting container "debugged"',
      );
      const added = '.spec.ephemeralContainers[0]';
      expect(await value('pod debugged', `${added}['name','targetContainerName']`)).toBe('look debugged');
      expect(await value('pod debugged', `${added}.securityContext`)).toContain('SYS_PTRACE');
      const running = '{.status.ephemeralContainerStatuses[0].state.running.startedAt}';
      await ok(`wait pod/debugged --for=jsonpath=${running} --timeout=60s`);
      const told = await ok('describe pod debugged');
      expect(told).toMatch(/^Ephemeral Containers:\n {2}look:\n[\s\S]*State: +Running/m);
      expect(told).toContain('spec.ephemeralContainers{look}: Container started');
      expect(await ok('get pod debugged --no-headers')).toMatch(/^debugged +1\/1 +Running +0 /);
      await fails(`${run} -c debugged`, 1, /container name "debugged"|Duplicate value: "debugged"/);
      await fails(`${run} --target=nobody`, 1, /targetContainerName: Not found: "nobody"/);
      await fails('logs debugged -c nobody', 1, /container nobody is not valid for pod debugged/);
      await copied();
    }

    /** Copies come in binary form: nothing of a pod may be lost on the way. */
    async function copied(): Promise<void> {
      const specOf = async (pod: string) => JSON.parse(await ok(`get pod ${pod} -o json`)).spec;
      await ok('create -f -', { input: JSON.stringify(richPod('rich')) });
      const copy = '--copy-to=copy --share-processes=false --keep-liveness --keep-readiness --keep-startup';
      const kept = `${copy} --keep-init-containers --keep-labels --keep-annotations --attach=false`;
      await ok(`debug rich --image=shell -c look --profile=general ${kept}`);
      const { containers, ...rest } = await specOf('copy');
      const spec = { ...(await specOf('rich')), shareProcessNamespace: false };
      expect({ ...rest, containers: containers.slice(0, 1) }).toEqual(spec);
      expect(containers[1]).toMatchObject({ name: 'look', image: 'shell' });
      await ok('debug node/node-a --image=shell --profile=sysadmin --attach=false');
      const names = (await ok('get pods -o name')).split('\n');
      const onNode = names.find((name) => name.startsWith('pod/node-debugger-node-a-'))?.slice(4) ?? '';
      expect(await specOf(onNode)).toMatchObject({
        nodeName: 'node-a',
        hostPID: true,
        volumes: [{ name: 'host-root', hostPath: { path: '/' } }],
        containers: [
          {
            volumeMounts: [{ name: 'host-root', mountPath: '/host' }],
            securityContext: { privileged: true },
          },
        ],
      });
      await ok(`delete pod rich copy ${onNode} --force --grace-period=0`);
    }

    it('are deleted by label, and with what owns them', async () => {
      await ok('run a1 --image=nginx -l set=a');
      await ok('run a2 --image=nginx -l set=a');
      expect((await ok('delete pods -l set=a')).match(/deleted/g)).toHaveLength(2);
      expect(await ok('delete deploy web --cascade=orphan')).toMatch(/deleted/);
      expect((await ok('get rs -o name')).trim().split('\n').length).toBeGreaterThan(1);
      expect(await ok('delete rs --all --cascade=foreground')).toMatch(/deleted/);
      expect(await ok('get pods -l app=web')).toMatch(/No resources found/);
    });
  });

  describe('what is made from the command line', () => {
    it('is created with what was asked for', async () => {
      expect(await ok('create ns team')).toBe('namespace/team created\n');
      expect(await ok('create cm settings -n team --from-literal=a=b')).toBe('configmap/settings created\n');
      expect(await ok('create secret generic keys -n team --from-literal=k=v')).toBe('secret/keys created\n');
      expect(await ok('create deployment app -n team --image=nginx:3')).toBe('deployment.apps/app created\n');
      expect(await ok('create service nodeport np -n team --tcp=80:8080')).toBe('service/np created\n');
      expect(await ok('create service clusterip ci -n team --tcp=81:http')).toBe('service/ci created\n');
      const outside = 'create service externalname en -n team --external-name=example.com';
      expect(await ok(outside)).toBe('service/en created\n');
      expect(await ok('get svc en -n team')).toMatch(/^en +ExternalName +<none> +example\.com/m);
      expect(await ok('describe cm settings -n team')).toMatch(/^a:$/m);
      expect(await ok('describe secret keys -n team')).toMatch(/^k: +1 bytes?$/m);
      expect(await ok('describe ns team')).toMatch(/^Status: +Active$/m);
      expect(await value('cm/settings -n team', '.data.a')).toBe('b');
      expect(await value('secret/keys -n team', '.data.k')).toBe('dg==');
      expect(await value('deploy/app -n team', '.spec.template.spec.containers[0].image')).toBe('nginx:3');
      expect(await value('svc/np -n team', '.spec.ports[0].targetPort')).toBe('8080');
      await fails('create cm lost -n nowhere --from-literal=a=b', 1, /namespaces "nowhere" not found/);
    });

    it('goes with its namespace', async () => {
      expect(await ok('delete ns team --timeout=60s')).toMatch(/^namespace "team" deleted/);
      await fails('get ns team', 1, /NotFound/);
      await fails('delete ns default', 1, /Forbidden/);
    });

    it('is replaced by force', async () => {
      const config = (a: string) =>
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"r"},"data":{"a":"${a}"}}`;
      await ok('create -f -', { input: config('1') });
      expect(await ok('replace -f -', { input: config('2') })).toMatch(/replaced/);
      expect(await ok('replace --force -f -', { input: config('3') })).toMatch(/replaced/);
      expect(await value('cm/r', '.data.a')).toBe('3');
    });
  });

  describe('a node', () => {
    it('is tainted, and drained', async () => {
      expect(await ok('cordon node-b')).toMatch(/cordoned/);
      expect(await ok('uncordon node-b')).toMatch(/uncordoned/);
      expect(await ok('taint node node-b k=v:NoSchedule')).toMatch(/tainted/);
      expect(await ok('taint node node-b k-')).toMatch(/untainted/);
      await ok('create -f -', { input: web(3) });
      await ok('rollout status deploy/web --timeout=60s');
      const drained = await ok('drain node-b --ignore-daemonsets --timeout=80s');
      expect(drained).toMatch(isOld ? /node\/node-b (?:evicted|drained|deleted)/ : /node\/node-b drained/);
      expect(await ok('get nodes')).toMatch(/^node-b +Ready,SchedulingDisabled/m);
      expect(await ok('get pods --field-selector=spec.nodeName=node-b')).toMatch(/No resources found/);
      expect(await ok('uncordon node-b')).toMatch(/uncordoned/);
    });
  });

  describe('a server with TLS and roles', () => {
    it('says who may not do what', async () => {
      const { ca, serverKey: key, serverCert: cert } = certificates;
      const token = 'a-token-of-sixteen-characters';
      await using guarded = await createApiServer({
        cluster,
        tls: { key, cert },
        tokens: [{ token, name: 'ada' }],
        access: [{ user: 'ada', role: 'view' }],
      });
      const options = [`--certificate-authority=${kubectl.file('ca.pem', ca)}`, `--token=${token}`];
      using ada = new Kubectl(program, guarded.url, ...options);
      expect(await ada.ok('get nodes')).toMatch(/^node-a +Ready/m);
      expect(await ada.run(['delete', 'node', 'node-a'])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(
          /\(Forbidden\): nodes "node-a" is forbidden: User "ada" cannot delete resource "nodes"/,
        ),
      });
      expect(await ada.ok('auth can-i list pods')).toBe('yes\n');
      expect(await ada.ok('auth can-i --list')).toMatch(/^pods +\[\] +\[\] +\[get list watch\]$/m);
      if (!isOld) expect(await ada.ok('auth whoami')).toMatch(/^Username +ada$/m);
      expect(await ada.run(['auth', 'can-i', 'create', 'pods'])).toMatchObject({
        exitCode: 1,
        stdout: expect.stringMatching(/^no/),
      });
      using nobody = new Kubectl(program, guarded.url, options[0] ?? '', '--token=wrong');
      expect((await nobody.run(['get', 'pods'])).stderr).toContain('You must be logged in to the server');
    });
  });
}
