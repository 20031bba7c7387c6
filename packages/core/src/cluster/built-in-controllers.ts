import type { Controller } from '../contract/controller.ts';
import type { ControllersOptions } from './options.ts';

/** The controllers of Kubernetes' controller manager that Mooring has. */
export function builtInControllers({ without = [] }: ControllersOptions = {}): readonly Controller[] {
  const all: readonly Controller[] = [];
  return all.filter(({ name }) => !without.includes(name));
}
