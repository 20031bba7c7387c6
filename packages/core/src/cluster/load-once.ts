/**
 * A module that is loaded when it is first needed. Every `import()` takes real time, even of what is loaded already; where
 * time is virtual, what comes first must not depend on that.
 */
export function loadOnce<Module>(load: () => Promise<Module>): () => Promise<Module> {
  let loaded: Promise<Module> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}
