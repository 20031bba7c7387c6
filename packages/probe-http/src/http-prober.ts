import {
  defineProber,
  FieldPath,
  formatFieldError,
  HandlerSettings,
  type HttpHeader,
  httpGetHeaders,
  httpGetURL,
  httpHeaderNameProblems,
  type IntOrString,
  invalid,
  MooringError,
  type Parsed,
  type ProbeResult,
  type Prober,
  type ProbeTarget,
} from '@mooring/core';
import { type FinalReply, getFollowing } from './follow-redirects.ts';
import { type PreparedRequest, prepare } from './http-exchange.ts';

/** Options of `httpProbe` and `httpProber`. */
export interface HttpProberOptions {
  /** `User-Agent` of probes that name none; default `kube-probe/1.36`. */
  readonly userAgent?: string;
  /** Follow redirects to other host names instead of reporting a warning; default false. */
  readonly followNonLocalRedirects?: boolean;
}

interface HttpGetConfig {
  readonly path: string;
  readonly port: IntOrString;
  readonly host: string;
  readonly scheme: 'HTTP' | 'HTTPS';
  readonly httpHeaders: readonly HttpHeader[];
}

/**
 * The handler `httpGet`: a GET over a new connection. 200 to 299 is success, 300 to 399 (a redirect to elsewhere) a warning, everything
 * else and no answer at all a failure. Rejects when the URL cannot be built or the body breaks off after a good head.
 */
export function httpProber(options: HttpProberOptions = {}): Prober {
  const { userAgent, followNonLocalRedirects } = checked(options);
  return defineProber({
    handler: 'httpGet',
    network: true,
    parse(raw, path) {
      const parsed = parseHttpGet(new HandlerSettings(raw, path), path);
      return parsed.ok ? { ok: true, value: requestMaker(parsed.value, userAgent) } : parsed;
    },
    async probe(requestTo, target, signal) {
      return resultOf(await getFollowing(requestTo(target), { followNonLocalRedirects }, signal));
    },
  });
}

/** With the defaults. Throws `INVALID` for what is no option: whoever writes without types may give anything. */
function checked(options: HttpProberOptions): Required<HttpProberOptions> {
  const settings = new HandlerSettings(options, FieldPath.root);
  const parsed = settings.done({
    userAgent: settings.text('userAgent', 'kube-probe/1.36'),
    followNonLocalRedirects: settings.flag('followNonLocalRedirects', false),
  });
  if (parsed.ok) return parsed.value;
  const mistakes = parsed.errors.map(formatFieldError).join(', ');
  throw new MooringError('INVALID', `the options of the HTTP prober are invalid: ${mistakes}`, {
    fields: parsed.errors,
  });
}

/** Builds the request of an attempt; throws when the host or port cannot stand in a URL. */
type RequestMaker = (target: ProbeTarget) => PreparedRequest;

/** The address of a pod seldom changes: the request is made once, and again when it does. */
function requestMaker(config: HttpGetConfig, userAgent: string): RequestMaker {
  const { host, headers } = httpGetHeaders(config.httpHeaders, userAgent);
  let last: { readonly podIP: string; readonly port: number; readonly request: PreparedRequest } | undefined;
  return (target) => {
    const { podIP } = target;
    const port = target.resolvePort(config.port);
    if (last?.podIP === podIP && last.port === port) return last.request;
    const parsed = httpGetURL(config, podIP, port);
    if (!parsed.ok) throw new Error(parsed.problem);
    last = { podIP, port, request: prepare({ url: parsed.url, host, headers }) };
    return last.request;
  };
}

function resultOf(reply: FinalReply): ProbeResult {
  if (!reply.ok) return { outcome: 'failure', message: reply.message };
  const { status, body } = reply;
  if (status >= 200 && status < 300) return { outcome: 'success', message: body };
  if (status >= 300 && status < 400)
    return { outcome: 'warning', message: `Probe terminated redirects, Response body: ${body}` };
  // The body stays out on purpose: it may hold secrets, and the message goes into an event.
  return { outcome: 'failure', message: `HTTP probe failed with statuscode: ${status}` };
}

function parseHttpGet(settings: HandlerSettings, path: FieldPath): Parsed<HttpGetConfig> {
  return settings.done({
    path: settings.text('path', '/'),
    port: settings.port('port'),
    host: settings.text('host', ''),
    scheme: settings.choice('scheme', ['HTTP', 'HTTPS']),
    httpHeaders: settings.list('httpHeaders', (item) => {
      const name = item.text('name', '');
      for (const problem of httpHeaderNameProblems(name))
        item.fail(invalid(path.child('httpHeaders'), name, problem));
      return { name, value: item.text('value', '') };
    }),
  });
}
