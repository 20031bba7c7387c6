/** Which settings of the kernel a pod can have for itself. Pure. */

type Spaces = { readonly hostNetwork?: boolean; readonly hostIPC?: boolean };

const ofMessages =
  /^(?:kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/;

/** Why it cannot be set for one pod; `undefined` when it can. */
export function sysctlProblem(name: string, { hostNetwork, hostIPC }: Spaces): string | undefined {
  if (/^net\./.test(name))
    return hostNetwork === true ? belongsTo('the network of the host, which it shares') : undefined;
  if (!ofMessages.test(name)) return belongsTo('the whole host');
  return hostIPC === true ? belongsTo('the memory of the host, which it shares') : undefined;
}

function belongsTo(what: string): string {
  return `is not applied: it belongs to ${what}`;
}
