/** What an image does that a scenario names and describes in words, as far as the words are of the kinds known here. */

import { type FakeImage, type FakeImages, type FakeService, scenarioImages } from '@mooring/runtime-fake';

/** The images of `descriptions`; those that are known by name are what their name says. */
export function imagesInWords(descriptions: Readonly<Record<string, string>>): FakeImages {
  const described = Object.entries(descriptions).map(([name, words]) => [name, imageInWords(words)]);
  return { ...Object.fromEntries(described), ...scenarioImages };
}

/** An image of no such words holds a small userland, and runs the command that it is given. */
export function imageInWords(words: string): FakeImage {
  if (/can(not|'t) be (fetched|pulled)|does not exist/i.test(words))
    return { pull: { error: { code: 'IMAGE_NOT_FOUND', message: 'the image cannot be fetched' } } };
  const [, port] = /\bport (\d+)/i.exec(words) ?? [];
  if (port !== undefined) return serving(Number(port), serviceInWords(words));
  const [, code] = /\bexits? (?:at once )?with (?:code )?(\d+)/i.exec(words) ?? [];
  if (code !== undefined && !/until|told/i.test(words))
    return { run: { exitCode: Number(code), exitAfterMs: 0 } };
  if (/ignores/i.test(words)) return { run: { onStop: 'ignore' } };
  return /does nothing|until it is/i.test(words) ? { run: {} } : {};
}

function serving(port: number, service: (podName: string) => FakeService): FakeImage {
  return { run: ({ podName }) => ({ listens: { [port]: service(podName) } }) };
}

function serviceInWords(words: string): (podName: string) => FakeService {
  if (/grpc/i.test(words)) {
    const status = /NOT_SERVING/.test(words) ? 'NOT_SERVING' : 'SERVING';
    return () => ({ grpcHealth: () => status });
  }
  if (!/http/i.test(words)) return () => ({});
  const status = Number(/\b[2-5]\d\d\b/.exec(words.replace(/port \d+/gi, ''))?.[0] ?? 200);
  return (podName) => ({ http: () => ({ status, body: podName }) });
}
