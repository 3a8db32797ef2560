/**
 * Cheetah of the DeepMind Control Suite: a two-legged body in a vertical plane learns to run.
 *
 * Tassa et al. (2018), DeepMind Control Suite, section 5; constants as in dm_control's suite/cheetah, task run.
 * A step is 0.01 s, an episode 1000 steps.
 */
import { box } from '../../core/spaces.ts';
import { CHEETAH_MASS, cheetahBody, LEGS } from './cheetah-body.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';
import { tolerance } from './tolerance.ts';

const TIME_STEP = 0.01; // s
const FRICTION = [0.4, 0.1, 0.1];
const FLOOR_FRICTION = [1, 0.005, 0.0001]; // MuJoCo's own; a contact has the larger of both

const SPEED = 10; // m/s
const SETTLING = 200; // simulator steps without controls, before an episode

/** °; the front thigh's 0.4 is the suite's. */
const VERSION = {
  headSlant: 50,
  slants: [-218, -116, -15, 30, -34, -34],
  ranges: [
    [-30, 60],
    [-50, 50],
    [-230, 50],
    [-57, 0.4],
    [-70, 50],
    [-28, 28],
  ],
  gears: [120, 90, 60, 90, 60, 30],
} as const;

const MODEL = mjcf(
  'cheetah',
  tag('compiler', { settotalmass: CHEETAH_MASS }),
  tag('option', { timestep: TIME_STEP }),
  tag('default', {}, tag('geom', { contype: 1, conaffinity: 1, condim: 3, friction: FRICTION })),
  tag(
    'worldbody',
    {},
    tag('geom', { type: 'plane', size: [1, 1, 1], friction: FLOOR_FRICTION, group: ink('ground') }),
    cheetahBody(VERSION),
  ),
  tag('sensor', {}, tag('subtreelinvel', { body: 'torso' })),
  tag('actuator', {}, ...LEGS.flat().map(({ name }, i) => motor(name, VERSION.gears[i]))),
);

const fast = tolerance({
  bounds: [SPEED, Number.POSITIVE_INFINITY],
  margin: SPEED,
  fall: 'linear',
  valueAtMargin: 0,
});

const RANGES = VERSION.ranges.map(([low, high]) => [(low * Math.PI) / 180, (high * Math.PI) / 180]);
const STILL = new Float64Array(6);

const RULES: SimulatedRules = {
  name: 'cheetah-run',
  mjcf: MODEL,
  frameSkip: 1,
  maxSteps: 1000,
  observation: 17,
  action: box(-1, 1, [6]),
  reads: 'bodies',
  sensed: 18,
  sense({ qpos, qvel, sensors }, out) {
    for (let i = 0; i < 8; i++) out[i] = qpos[1 + i];
    for (let i = 0; i < 9; i++) out[8 + i] = qvel[i];
    out[17] = sensors[0];
  },
  begin(simulator, rng) {
    RANGES.forEach(([low, high], i) => {
      simulator.qpos[3 + i] = low + (high - low) * rng.uniform();
    });
    for (let i = 0; i < SETTLING; i++) simulator.advance(STILL);
    simulator.data.time = 0;
  },
  reward: (_sensed, _action, next) => fast(next[17]),
  place({ qpos, qvel }, seen) {
    for (let i = 0; i < 8; i++) qpos[1 + i] = seen[i];
    for (let i = 0; i < 9; i++) qvel[i] = seen[8 + i];
  },
  vista: { from: 'side', follow: 'torso', view: { left: -1.5, right: 1.5, bottom: -0.3, top: 1.7 } },
};

/**
 * Cheetah run. Six actions, torques in [-1, 1] of 120, 90, 60, 90, 60 and 30 N·m: back thigh, shin and foot, then the
 * front's. The reward of a step grows in proportion to the speed of the centre of mass, to 1 at 10 m/s.
 *
 * | index | observation                                                         |
 * |-------|---------------------------------------------------------------------|
 * | 0     | height of the torso, m from where it starts                         |
 * | 1     | pitch of the torso, rad                                             |
 * | 2-7   | angles: back thigh, shin, foot, front thigh, shin, foot             |
 * | 8-16  | velocities: along x, z and pitch, then of the six joints            |
 */
export async function cheetahRun(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}
