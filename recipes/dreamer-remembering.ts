/**
 * What Dreamer's recipes in worlds of memory share, and why they depart from the defaults: both pay for a bit seen long before, but
 * only together with what is done at the end, so that what carries the bit there earns nothing until all of it works.
 */
export const rememberingDreamer = {
  model: {
    // the bit must be in the state at all, some way down the corridor, for gradients to find it there
    memorySpan: 40,
    // few, since what is random in them is noise in memory at first
    variables: 2,
    classes: 4,
  },
  // an episode fits, with the bit at its beginning and the reward at its end
  length: 64,
  learningRate: 3e-3,
  // as long as the model does not remember, all ways to end are alike: the actor must not settle on one of them meanwhile
  actorRate: 3e-4,
  entropy: 3e-3,
  trainRatio: 256,
};
