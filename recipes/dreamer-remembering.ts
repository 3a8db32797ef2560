/**
 * What Dreamer's recipes in worlds of memory share. Sequences are long enough for gradients to reach from the end to the
 * beginning; the stochastic state is small, for what is random in it is noise in memory at first.
 */
export const rememberingDreamer = { model: { variables: 4, classes: 8 }, length: 32, learningRate: 3e-3 };
