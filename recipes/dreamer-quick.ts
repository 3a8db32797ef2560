/** Sizes at which a Dreamer's programs are compiled and run in seconds: for the quick versions of its recipes. */
export const quickDreamer = {
  model: {
    deterministic: 16,
    variables: 4,
    classes: 4,
    blocks: 2,
    hidden: 16,
    units: 16,
    layers: 1,
    bins: 15,
  },
  units: 16,
  layers: 1,
  bins: 15,
  batch: 4,
  length: 8,
  starts: 4,
  horizon: 3,
  trainRatio: 4,
  firstSteps: 100,
};
