/** What a supervisor has to know of a launch. */

import { unshareMounts } from './host-features.ts';
import { type LaunchSpec, renderLaunchScript } from './launch-script.ts';
import type { LaunchPlan } from './supervisor-protocol.ts';

export function planOf(launch: LaunchSpec): LaunchPlan {
  const needsMounts =
    launch.mounts.length > 0 || launch.terminationLogPath !== undefined || launch.readOnlyRoot;
  return {
    prefix: needsMounts ? unshareMounts : [],
    script: renderLaunchScript(launch),
    cgroups: launch.cgroups,
  };
}
