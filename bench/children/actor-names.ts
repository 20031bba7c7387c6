/** Names that both ends of a conversation between actors know, as long as those of real pods. */

export const cluster = 'bench';
export const actorAddress = 'pod/2c8e7270-b5dd-47f0-8881-4a7d7014c5a6/container/main';
/** As long as the inbox of the actor. */
export const bareSubject =
  'mooring.v1.floor.actor.pod.2c8e7270-b5dd-47f0-8881-4a7d7014c5a6.container.main.inbox';
