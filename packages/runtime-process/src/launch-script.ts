/**
 * The shell script that becomes the process of a container. It checks everything that can go wrong, says `ready`,
 * waits for the ID of its container, and turns into the program by `exec`: no shell stays behind. It talks to the
 * supervisor over file descriptor 3. The program is not on its command line, so that nobody who looks for the program
 * by name finds one that only waits.
 */

import type { Mount } from '@mooring/core';
import type { CgroupPlan } from './supervisor-protocol.ts';

export interface LaunchSpec {
  readonly argv: readonly string[];
  readonly workingDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** Where the program finds the file for its last words. */
  readonly terminationLogPath?: string;
  readonly readOnlyRoot: boolean;
  readonly cgroups: readonly CgroupPlan[];
  readonly privileges: Privileges;
  /** Its input is a pipe that others may write to; otherwise it is empty. */
  readonly stdin?: boolean;
  /** It runs in a terminal of its own, which `script` holds: that is the leader of the container then. */
  readonly tty?: boolean;
}

/** What is taken from the program before it starts. */
export interface Privileges {
  readonly uid?: number;
  readonly gid?: number;
  readonly noNewPrivileges: boolean;
  /** Capabilities without the `CAP_`, as in `securityContext.capabilities`; `ALL` for all. */
  readonly dropCapabilities: readonly string[];
  readonly addCapabilities: readonly string[];
}

/** Words of a command line quoted for a POSIX shell. */
export function quote(...words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

/**
 * The first lines: how to give up, and where the tools are, found before the PATH is the program's own.
 */
const prologue = [
  `fail() { printf 'fail %s' "$*" >&3; exit 125; }`,
  'mooring_setpriv=$(command -v setpriv)',
  'mooring_env=$(command -v env)',
  'mooring_terminal=$(command -v script)',
];

/** The script is called with the directory of the launch and its name. */
export function renderLaunchScript(spec: LaunchSpec): string {
  const { stdin = false, tty = false } = spec;
  // A terminal whose input is at its end would tell its program so.
  const hasInput = stdin || tty;
  const lines = [
    ...prologue,
    ...(tty ? [needsTerminal, markTerminal] : []),
    ...(hasInput ? [makeInput] : []),
    ...spec.cgroups.map(joinCgroup),
    ...mountLines(spec),
    ...enterLines(spec),
    `printf 'ready\\n' >&3`,
    // The end of the supervisor is the end of what waits for its word.
    'IFS= read -r MOORING_CONTAINER_ID <&3 || exit 0',
    'export MOORING_CONTAINER_ID',
    `${execLine(spec, ...(tty ? [terminalWords(spec)] : []))}${hasInput ? ' </proc/self/fd/5 5<&-' : ''}`,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Opened for both directions nobody is waited for. The program opens it anew for reading only: it then reads an end when the
 * supervisor, which holds the other one, lets go of it.
 */
const makeInput = `mkfifo -m 0644 "$1/stdin" && exec 5<>"$1/stdin" || fail 'its standard input cannot be made'`;

/** Who reads the output looks for it: what is said to a terminal is passed on before its line is at an end. */
const markTerminal = `: >"$1/terminal" || fail 'its terminal cannot be made'`;

/** The same for a command run in a container that is there already, without waiting for a word. */
export function renderExecScript(
  spec: Pick<LaunchSpec, 'argv' | 'workingDir' | 'env' | 'privileges'>,
  hasTerminal = false,
): string {
  const lines = hasTerminal ? [needsTerminal, execLine(spec, terminalWords(spec))] : [execLine(spec)];
  return `${[...prologue, ...enterLines(spec), ...lines].join('\n')}\n`;
}

const needsTerminal = `[ -n "$mooring_terminal" ] || fail 'a terminal needs the program script of util-linux, which is not installed here'`;

/** `script` runs what it is given by a shell, which is that of the environment unless it is told. */
function terminalWords({ argv, env }: Pick<LaunchSpec, 'argv' | 'env'>): readonly string[] {
  const shell = env['SHELL'];
  const restored = shell === undefined ? 'unset SHELL' : `SHELL=${quote(shell)}`;
  return [
    ...['"$mooring_env"', 'SHELL=/bin/sh', ...(Object.hasOwn(env, 'TERM') ? [] : ['TERM=xterm'])],
    ...['"$mooring_terminal"', '-qefc', quote(`${restored}; exec ${quote(...argv)}`), '/dev/null'],
  ];
}

function joinCgroup({ parent }: CgroupPlan): string {
  return `echo $$ >${quote(parent)}/"$2"/cgroup.procs || fail 'cannot join its control group'`;
}

function mountLines({ mounts, terminationLogPath, readOnlyRoot }: LaunchSpec): readonly string[] {
  const lines: string[] = [];
  for (const { hostPath, containerPath, readOnly, volumeName } of mounts) {
    const complaint = `fail ${quote(`volume ${JSON.stringify(volumeName)} cannot be mounted:`)} "$mooring_error"`;
    lines.push(`mooring_error=$(mount --rbind ${quote(hostPath, containerPath)} 2>&1) || ${complaint}`);
    if (readOnly)
      lines.push(`mooring_error=$(mount -o remount,bind,ro ${quote(containerPath)} 2>&1) || ${complaint}`);
  }
  if (terminationLogPath !== undefined)
    lines.push(
      `[ "$mooring_log" = ${quote(terminationLogPath)} ] || ` +
        `mooring_error=$(mount --bind "$1/termination-log" ${quote(terminationLogPath)} 2>&1) || ` +
        `fail 'the termination log cannot be mounted:' "$mooring_error"`,
    );
  if (readOnlyRoot)
    lines.push(
      `mooring_error=$(mount -o remount,bind,ro / 2>&1) || fail 'the root cannot be made read-only:' "$mooring_error"`,
    );
  return lines;
}

/** Environment, directory, and the check that the program is there: a shell that fails to `exec` could not tell. */
function enterLines({
  argv,
  workingDir,
  env,
}: Pick<LaunchSpec, 'argv' | 'workingDir' | 'env'>): readonly string[] {
  const [program = ''] = argv;
  const isPath = program.includes('/');
  const lines = Object.entries(env)
    .filter(([name]) => isShellName(name))
    .map(([name, value]) => `export ${name}=${quote(value)}`);
  lines.push(
    `cd ${quote(workingDir)} 2>/dev/null || fail ${quote(`working directory ${JSON.stringify(workingDir)} cannot be entered`)}`,
  );
  const name = JSON.stringify(program);
  if (isPath) {
    lines.push(
      `[ -e ${quote(program)} ] || fail ${quote(`exec: ${name}: stat ${program}: no such file or directory`)}`,
      `[ -f ${quote(program)} ] && [ -x ${quote(program)} ] || fail ${quote(`exec: ${name}: permission denied`)}`,
    );
  } else {
    const complaint = quote(`exec: ${name}: executable file not found in $PATH`);
    lines.push(`command -v ${quote(program)} >/dev/null 2>&1 || fail ${complaint}`);
  }
  // What the shell itself put there is not the program's.
  lines.push('unset mooring_error OLDPWD');
  if (!Object.hasOwn(env, 'PWD')) lines.push('unset PWD');
  return lines;
}

/** `program`: words that stand for themselves in the script; the program of the container when not given. */
function execLine(
  { argv, env, privileges }: Pick<LaunchSpec, 'argv' | 'env' | 'privileges'>,
  program: readonly string[] = [quote(...argv)],
): string {
  const unspeakable = Object.entries(env)
    .filter(([name]) => !isShellName(name))
    .map(([name, value]) => `${name}=${value}`);
  const setpriv = privilegeWords(privileges);
  const words = [
    ...(setpriv.length > 0 ? ['"$mooring_setpriv"', quote(...setpriv, '--')] : []),
    ...(unspeakable.length > 0 ? ['"$mooring_env"', quote(...unspeakable)] : []),
    ...program,
  ];
  return `exec ${words.join(' ')} 3>&-`;
}

/** Names that a shell can export as they are. It owns some, and drops from the environment what is no identifier. */
function isShellName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !shellOwned.has(name);
}

const shellOwned: ReadonlySet<string> = new Set([
  '_',
  'BASHOPTS',
  'BASH_VERSINFO',
  'EUID',
  'IFS',
  'LINENO',
  'OLDPWD',
  'OPTIND',
  'PPID',
  'PS4',
  'PWD',
  'SHELLOPTS',
  'SHLVL',
  'UID',
  'mooring_env',
  'mooring_error',
  'mooring_script',
  'mooring_setpriv',
  'mooring_terminal',
]);

function privilegeWords(privileges: Privileges): readonly string[] {
  const { uid, gid, noNewPrivileges, dropCapabilities, addCapabilities } = privileges;
  const words: string[] = [];
  if (gid !== undefined || uid !== undefined) words.push(`--regid=${gid ?? 0}`, '--clear-groups');
  if (uid !== undefined) words.push(`--reuid=${uid}`);
  if (noNewPrivileges) words.push('--no-new-privs');
  if (dropCapabilities.length > 0) {
    const dropped = dropCapabilities.map((name) => `-${capabilityWord(name)}`);
    const kept = addCapabilities.map((name) => `+${capabilityWord(name)}`);
    const set = [...dropped, ...kept].join(',');
    words.push(`--inh-caps=${set}`, `--bounding-set=${set}`);
  }
  return words;
}

function capabilityWord(name: string): string {
  return name.toLowerCase().replace(/^cap_/, '');
}
