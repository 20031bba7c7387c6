/** Milliseconds of CPU that this process has taken, on all cores: as many on a busy machine as on an idle one, unlike those of a clock. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
