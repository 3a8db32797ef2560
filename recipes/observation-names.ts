/** What the numbers of an observation are, for reports, in worlds that several recipes share. */

/** Cartpole of DeepMind Control. */
export const cartpoleNames = [
  'cart position (m)',
  'cos of the angle',
  'sin of the angle',
  'cart velocity (m/s)',
  'angular velocity (rad/s)',
];

/** Ball in cup of DeepMind Control. */
export const ballInCupNames = [
  'cup x (m)',
  'cup z (m)',
  'ball x (m)',
  'ball z (m)',
  'cup speed along x (m/s)',
  'cup speed along z (m/s)',
  'ball speed along x (m/s)',
  'ball speed along z (m/s)',
];
