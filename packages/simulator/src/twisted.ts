/** The object with some of its methods replaced. */
export function twisted<T extends object>(own: T, others: Partial<T>): T {
  return new Proxy(own, {
    get(target, key) {
      if (key in others) return Reflect.get(others, key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
