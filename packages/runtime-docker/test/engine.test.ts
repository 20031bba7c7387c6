import { expect, it } from 'vitest';
import { describeWithEngine } from '../../../test/support/engines.ts';
import { engineSuite } from './suites/engine-suite.ts';
import { noDifferences } from './support/differences.ts';
import { Node } from './support/runtime.ts';

describeWithEngine(['docker', 'busybox'], 'containers of a real engine', () => engineSuite(noDifferences));

describeWithEngine(['docker'], 'an engine without the image of sandboxes that was asked for', () => {
  it('says which one it is', async () => {
    await using node = await Node.open({ pauseImage: 'NOT//an image' });
    await expect(node.sandbox('web')).rejects.toMatchObject({
      code: 'IMAGE_NAME_INVALID',
      message: expect.stringMatching(/^failed to get sandbox image "NOT\/\/an image": .*invalid reference/),
    });
  });
});
