import { type ClientHttp2Session, connect } from 'node:http2';

/**
 * Opens a plain-text HTTP/2 connection and waits for the server's settings: only then it is known to speak HTTP/2.
 * Rejects with what went wrong, or with `signal.reason`; no socket is left behind then.
 */
export function openSession(address: string, signal: AbortSignal): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const session = connect(`http://${address}`, { maxSessionMemory: sessionMegabytesMax });
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', onAbort);
      session.destroy();
      reject(error);
    };
    const onAbort = () => fail(signal.reason);
    signal.addEventListener('abort', onAbort);
    session.once('remoteSettings', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(session);
    });
    // Both stay for the life of the session: an error without a listener would bring the agent down.
    session.on('error', fail);
    session.on('close', () => fail(new Error('connection closed before server preface received')));
  });
}

/** Node's bound on what one session may buffer. */
const sessionMegabytesMax = 2;
