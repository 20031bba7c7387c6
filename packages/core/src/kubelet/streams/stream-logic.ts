/**
 * The actor of a node that opens streams to its pods, at `node/<name>/service/streams`. It answers when a stream has
 * begun, or with what is against it; the bytes go by `bus/stream-host.ts`. All streams end with the actor.
 */

import { type CallbackActorLogic, fromCallback } from 'xstate';
import type { StreamEnd } from '../../bus/stream-end.ts';
import type { StreamHost } from '../../bus/stream-host.ts';
import type { StreamQuestion, StreamRequest } from '../../bus/stream-request.ts';
import { toWireError } from '../../bus/wire-error.ts';
import type { Logger } from '../../contract/logger.ts';
import type { Running } from './open-stream.ts';

export interface StreamAsked {
  readonly type: 'stream.asked';
  readonly question: StreamQuestion;
  /** Takes one answer; must not throw. */
  answer(data: object): void;
}

export type StreamLogic = CallbackActorLogic<StreamAsked>;

export interface StreamLogicPorts {
  makeHost(signal: AbortSignal): StreamHost;
  open(request: StreamRequest, end: StreamEnd): Promise<Running>;
  readonly logger: Logger;
}

export function streamLogic({ makeHost, open, logger }: StreamLogicPorts): StreamLogic {
  return fromCallback<StreamAsked>(({ receive }) => {
    const controller = new AbortController();
    const host = makeHost(controller.signal);
    void host.run();
    const serve = async (request: StreamRequest, { question, answer }: StreamAsked) => {
      let end: StreamEnd | undefined;
      let isBegun = false;
      try {
        end = host.accept(question);
        const running = await open(request, end);
        isBegun = true;
        answer({ opened: true });
        end.end(await running());
      } catch (error) {
        if (!isBegun) answer({ error: toWireError(error) });
        end?.end({ error: toWireError(error) });
        logger.debug({ event: request.type, key: question.stream, err: error }, 'stream ended with an error');
      }
    };
    receive((event) => {
      const { question } = event;
      if (question.request === undefined) event.answer({ known: host.knows(question) });
      else void serve(question.request, event);
    });
    return () => controller.abort();
  });
}
