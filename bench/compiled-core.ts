/** Parts of the compiled core that its package does not name, for measurements of one part alone. */

export { createActorClient } from '../packages/core/dist/bus/actor-client.js';
export { serveActors } from '../packages/core/dist/bus/actor-gateway.js';
export { createFactPublisher } from '../packages/core/dist/bus/fact-publisher.js';
export { createNatsBus } from '../packages/core/dist/bus/nats-bus.js';
export { silentLogger } from '../packages/core/dist/contract/logger.js';
export { systemClock, systemRandom } from '../packages/core/dist/engine/system-clock.js';
export { NatsBucket } from '../packages/core/dist/store/nats-bucket.js';
export { createNatsStore } from '../packages/core/dist/store/nats-store.js';
