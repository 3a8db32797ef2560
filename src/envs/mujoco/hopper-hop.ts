/**
 * Hopper of the DeepMind Control Suite: a one-legged body in a vertical plane learns to stand up and hop.
 *
 * Tassa et al. (2018), DeepMind Control Suite, section 5; constants as in dm_control's suite/hopper, task hop.
 * A step is 0.02 s, four of the simulator's; an episode 1000 steps.
 */
import { box } from '../../core/spaces.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';
import { tolerance } from './tolerance.ts';

const TIME_STEP = 0.005; // s
const HEIGHT = 1; // m, of the torso at the start
const ARMATURE = 0.2; // kg·m²
const DAMPING = 0.05; // N·m·s/rad
const STANDING = 0.6; // m, of the torso above the foot
const SPEED = 2; // m/s

/** From the top: ranges in °, torques in N·m at a control of 1. */
const JOINTS = [
  { name: 'waist', range: [-30, 30], gear: 30 },
  { name: 'hip', range: [-170, 10], gear: 40 },
  { name: 'knee', range: [5, 150], gear: 30 },
  { name: 'ankle', range: [-45, 45], gear: 10 },
] as const;

const joint = (i: number) =>
  tag('joint', {
    name: JOINTS[i].name,
    axis: [0, 1, 0],
    limited: 'true',
    range: JOINTS[i].range,
    armature: ARMATURE,
    damping: DAMPING,
  });
const TOUCH = { size: 0.05, group: 5 };

const MODEL = mjcf(
  'hopper',
  tag('option', { timestep: TIME_STEP }),
  tag('default', {}, tag('geom', { type: 'capsule' })),
  tag(
    'worldbody',
    {},
    tag('geom', { type: 'plane', size: [1, 1, 1], group: ink('ground') }),
    tag(
      'body',
      { name: 'torso', pos: [0, 0, HEIGHT] },
      tag('joint', { name: 'x', type: 'slide', axis: [1, 0, 0] }),
      tag('joint', { name: 'z', type: 'slide', axis: [0, 0, 1] }),
      tag('joint', { name: 'pitch', type: 'hinge', axis: [0, 1, 0] }),
      tag('geom', { fromto: [0, 0, -0.05, 0, 0, 0.2], size: 0.0653 }),
      tag('geom', { fromto: [0.08, 0, 0.13, 0.15, 0, 0.14], size: 0.03 }),
      tag(
        'body',
        { name: 'pelvis', pos: [0, 0, -0.05] },
        joint(0),
        tag('geom', { fromto: [0, 0, 0, 0, 0, -0.15], size: 0.065 }),
        tag(
          'body',
          { name: 'thigh', pos: [0, 0, -0.2] },
          joint(1),
          tag('geom', { fromto: [0, 0, 0, 0, 0, -0.33], size: 0.04, group: ink('accent') }),
          tag(
            'body',
            { name: 'calf', pos: [0, 0, -0.33] },
            joint(2),
            tag('geom', { fromto: [0, 0, 0, 0, 0, -0.32], size: 0.03, group: ink('accent') }),
            tag(
              'body',
              { name: 'foot', pos: [0, 0, -0.32] },
              joint(3),
              tag('geom', { fromto: [-0.08, 0, 0, 0.17, 0, 0], size: 0.04, group: ink('accent') }),
              tag('site', { name: 'toe', pos: [0.17, 0, 0], ...TOUCH }),
              tag('site', { name: 'heel', pos: [-0.08, 0, 0], ...TOUCH }),
            ),
          ),
        ),
      ),
    ),
  ),
  tag(
    'sensor',
    {},
    tag('subtreelinvel', { body: 'torso' }),
    tag('touch', { site: 'toe' }),
    tag('touch', { site: 'heel' }),
  ),
  tag('actuator', {}, ...JOINTS.map(({ name, gear }) => motor(name, gear))),
);

const standing = tolerance({ bounds: [STANDING, 2] });
const hopping = tolerance({
  bounds: [SPEED, Number.POSITIVE_INFINITY],
  margin: SPEED / 2,
  fall: 'linear',
  valueAtMargin: 0.5,
});

// numbers of bodies; the world is 0
const TORSO = 1;
const FOOT = 5;

const RULES: SimulatedRules = {
  name: 'hopper-hop',
  mjcf: MODEL,
  frameSkip: 4,
  maxSteps: 1000,
  observation: 15,
  action: box(-1, 1, [4]),
  reads: 'bodies',
  sensed: 17,
  sense({ qpos, qvel, sensors, xipos }, out) {
    for (let i = 0; i < 6; i++) out[i] = qpos[1 + i];
    for (let i = 0; i < 7; i++) out[6 + i] = qvel[i];
    out[13] = Math.log1p(sensors[3]);
    out[14] = Math.log1p(sensors[4]);
    out[15] = xipos[3 * TORSO + 2] - xipos[3 * FOOT + 2];
    out[16] = sensors[0];
  },
  begin({ qpos }, rng) {
    qpos[2] = Math.PI * (2 * rng.uniform() - 1);
    JOINTS.forEach(({ range: [low, high] }, i) => {
      qpos[3 + i] = ((low + (high - low) * rng.uniform()) * Math.PI) / 180;
    });
  },
  reward: (_sensed, _action, next) => standing(next[15]) * hopping(next[16]),
  place({ qpos, qvel }, seen) {
    for (let i = 0; i < 6; i++) qpos[1 + i] = seen[i];
    for (let i = 0; i < 7; i++) qvel[i] = seen[6 + i];
  },
  given: [13, 14],
  vista: { from: 'side', follow: 'torso', view: { left: -1.2, right: 1.2, bottom: -0.2, top: 1.8 } },
};

/**
 * Hopper hop. Four actions, torques in [-1, 1] of 30, 40, 30 and 10 N·m: waist, hip, knee and ankle. A step is worth 1
 * where the torso is between 0.6 and 2 m above the foot and moves at 2 m/s or faster; down to 0 at rest, and 0 lying.
 *
 * | index | observation                                                  |
 * |-------|--------------------------------------------------------------|
 * | 0     | height of the torso, m from where it starts                  |
 * | 1     | pitch of the torso, rad                                      |
 * | 2-5   | angles: waist, hip, knee, ankle, rad                         |
 * | 6-12  | velocities: along x, z and pitch, then of the four joints    |
 * | 13,14 | log(1 + force) felt at the toe and the heel                  |
 */
export async function hopperHop(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}
