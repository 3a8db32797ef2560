/**
 * Walker of the DeepMind Control Suite: a torso on two legs in a vertical plane learns to stand up and walk.
 *
 * Tassa et al. (2018), DeepMind Control Suite, section 5; constants as in dm_control's suite/walker, task walk.
 * A step is 0.025 s, ten of the simulator's; an episode 1000 steps.
 */
import { box } from '../../core/spaces.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';
import { tolerance } from './tolerance.ts';

const TIME_STEP = 0.0025; // s
const HEIGHT = 1.3; // m, of the torso's middle with straight legs
const FRICTION = [0.7, 0.1, 0.1];
const ARMATURE = 0.01; // kg·m²
const DAMPING = 0.1; // N·m·s/rad
const SOFT_LIMIT = [0, 0.99, 0.01];
const STANDING = 1.2; // m
const SPEED = 1; // m/s

/** Of each leg, from the top: ranges in °, torques in N·m at a control of 1. */
const JOINTS = [
  { name: 'hip', range: [-20, 100], gear: 100 },
  { name: 'knee', range: [-150, 0], gear: 50 },
  { name: 'ankle', range: [-45, 45], gear: 20 },
] as const;
/** In the order of the observation; y in m. */
const SIDES = [
  { side: 'right', y: -0.05, group: ink('accent') },
  { side: 'left', y: 0.05, group: ink('muted') },
] as const;

function leg({ side, y, group }: (typeof SIDES)[number]): string {
  const joint = (i: number, pos?: readonly number[]) =>
    tag('joint', {
      name: `${side} ${JOINTS[i].name}`,
      axis: [0, -1, 0],
      pos,
      limited: 'true',
      range: JOINTS[i].range,
      armature: ARMATURE,
      damping: DAMPING,
      solimplimit: SOFT_LIMIT,
    });
  return tag(
    'body',
    { name: `${side} thigh`, pos: [0, y, -0.3] },
    joint(0),
    tag('geom', { pos: [0, 0, -0.225], size: [0.05, 0.225], group }),
    tag(
      'body',
      { name: `${side} shin`, pos: [0, 0, -0.7] },
      joint(1, [0, 0, 0.25]),
      tag('geom', { size: [0.04, 0.25], group }),
      tag(
        'body',
        { name: `${side} foot`, pos: [0.06, 0, -0.25] },
        joint(2, [-0.06, 0, 0]),
        tag('geom', { zaxis: [1, 0, 0], size: [0.05, 0.1], group }),
      ),
    ),
  );
}

const MODEL = mjcf(
  'walker',
  tag('option', { timestep: TIME_STEP }),
  // the body meets the floor alone, not itself
  tag('default', {}, tag('geom', { type: 'capsule', contype: 1, conaffinity: 0, friction: FRICTION })),
  tag(
    'worldbody',
    {},
    tag('geom', { type: 'plane', size: [1, 1, 1], conaffinity: 1, group: ink('ground') }),
    tag(
      'body',
      { name: 'torso', pos: [0, 0, HEIGHT] },
      tag('joint', { name: 'z', type: 'slide', axis: [0, 0, 1] }),
      tag('joint', { name: 'x', type: 'slide', axis: [1, 0, 0] }),
      tag('joint', { name: 'pitch', type: 'hinge', axis: [0, 1, 0] }),
      tag('geom', { size: [0.07, 0.3] }),
      ...SIDES.map(leg),
    ),
  ),
  tag('sensor', {}, tag('subtreelinvel', { body: 'torso' })),
  tag(
    'actuator',
    {},
    ...SIDES.flatMap(({ side }) => JOINTS.map(({ name, gear }) => motor(`${side} ${name}`, gear))),
  ),
);

const high = tolerance({ bounds: [STANDING, Number.POSITIVE_INFINITY], margin: STANDING / 2 });
const walking = tolerance({
  bounds: [SPEED, Number.POSITIVE_INFINITY],
  margin: SPEED / 2,
  fall: 'linear',
  valueAtMargin: 0.5,
});

// places in what is sensed: orientations of 7 bodies, height, 9 velocities, and beyond the observation the speed
const TORSO = 1; // the torso's number among bodies; the world is 0
const BODIES = 7;
const TORSO_HEIGHT = 2 * BODIES;
const VELOCITIES = TORSO_HEIGHT + 1;
const CENTRE_SPEED = VELOCITIES + 9;

const RULES: SimulatedRules = {
  name: 'walker-walk',
  mjcf: MODEL,
  frameSkip: 10,
  maxSteps: 1000,
  observation: 24,
  action: box(-1, 1, [6]),
  reads: 'bodies',
  sensed: 25,
  sense({ xmat, xpos, qvel, sensors }, out) {
    for (let b = 0; b < BODIES; b++) {
      out[2 * b] = xmat[9 * (TORSO + b)]; // x of its x axis
      out[2 * b + 1] = xmat[9 * (TORSO + b) + 2]; // x of its z axis
    }
    out[TORSO_HEIGHT] = xpos[3 * TORSO + 2];
    for (let i = 0; i < 9; i++) out[VELOCITIES + i] = qvel[i];
    out[CENTRE_SPEED] = sensors[0];
  },
  begin({ qpos }, rng) {
    qpos[2] = Math.PI * (2 * rng.uniform() - 1);
    for (let i = 0; i < 6; i++) {
      const [low, high] = JOINTS[i % 3].range;
      qpos[3 + i] = ((low + (high - low) * rng.uniform()) * Math.PI) / 180;
    }
  },
  reward(_sensed, _action, next) {
    // in a plane, the torso's z axis points as far up as its x axis points forwards
    const upright = (1 + next[0]) / 2;
    const standing = (3 * high(next[TORSO_HEIGHT]) + upright) / 4;
    return (standing * (5 * walking(next[CENTRE_SPEED]) + 1)) / 6;
  },
  place({ qpos, qvel }, seen) {
    const pitch = Array.from({ length: BODIES }, (_, b) => Math.atan2(seen[2 * b + 1], seen[2 * b]));
    qpos[0] = seen[TORSO_HEIGHT] - HEIGHT;
    qpos[2] = pitch[0];
    // joints turn about -y, each body against the one above
    for (let i = 0; i < 6; i++) qpos[3 + i] = wrap(pitch[i % 3 === 0 ? 0 : i] - pitch[i + 1]);
    for (let i = 0; i < 9; i++) qvel[i] = seen[VELOCITIES + i];
  },
  vista: { from: 'side', follow: 'torso', view: { left: -1.5, right: 1.5, bottom: -0.2, top: 2.2 } },
};

/**
 * Walker walk. Six actions, torques in [-1, 1] of 100, 50 and 20 N·m: right hip, knee and ankle, then the left's. The
 * reward of a step, at most 1, is high where the torso is upright above 1.2 m and moves at 1 m/s or faster.
 *
 * | index | observation                                                                       |
 * |-------|-----------------------------------------------------------------------------------|
 * | 0-13  | cos and sin of the pitch: torso, right thigh, shin, foot, left thigh, shin, foot  |
 * | 14    | height of the torso, m                                                            |
 * | 15-23 | velocities: along z and x and of the pitch, then of the six joints                |
 */
export async function walkerWalk(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}

/** Into the joints' ranges' half turn. */
function wrap(angle: number): number {
  return angle > Math.PI ? angle - 2 * Math.PI : angle < -Math.PI ? angle + 2 * Math.PI : angle;
}
