/**
 * Facts of the published models, measured on them in MuJoCo: constants as compiled, and where some controls take them.
 *
 * node test/golden/mujoco.mjs <checkout of google-deepmind/dm_control> <checkout of Farama-Foundation/Gymnasium> > test/golden/mujoco.txt
 *
 * Looks are left out, since they ask for other files; and the finger's hinge is damped as its task spin sets it.
 */
import { execFileSync } from 'node:child_process';
import load from '@mujoco/mujoco';

const [control, gymnasium] = process.argv.slice(2);
const show = (checkout, file) =>
  execFileSync('git', ['-C', checkout, 'show', `HEAD:${file}`], { encoding: 'utf8' });
const revision = (checkout) =>
  execFileSync('git', ['-C', checkout, 'rev-parse', '--short=10', 'HEAD'], { encoding: 'utf8' }).trim();
const suite = (name) => show(control, `dm_control/suite/${name}.xml`);
const gym = (name) => show(gymnasium, `gymnasium/envs/mujoco/assets/${name}.xml`);

/** The model, and the simulator's steps a decision (the task's control time step, or frame_skip). */
const MODELS = {
  'cartpole-swingup': [suite('cartpole'), 1],
  'pendulum-swingup': [suite('pendulum'), 1],
  'acrobot-swingup': [suite('acrobot'), 1],
  'ball-in-cup-catch': [suite('ball_in_cup'), 10],
  'reacher-easy': [suite('reacher'), 1],
  'finger-spin': [suite('finger').replace(/(name="hinge".*damping=)"[^"]*"/, '$1".03"'), 2],
  'cheetah-run': [suite('cheetah'), 1],
  'walker-walk': [suite('walker'), 10],
  'hopper-hop': [suite('hopper'), 4],
  'inverted-pendulum': [gym('inverted_pendulum'), 2],
  reacher: [gym('reacher'), 2],
  'half-cheetah': [gym('half_cheetah').replace('coordinate="local"', ''), 5],
  hopper: [gym('hopper'), 4],
};
const DECISIONS = 25;

const mujoco = await load();
console.log(
  `# Made by test/golden/mujoco.mjs from dm_control ${revision(control)} and Gymnasium ${revision(gymnasium)} in MuJoCo 3.14.0.`,
);
for (const [world, [xml, steps]] of Object.entries(MODELS)) {
  const plain = xml.replace(/<(include|texture|material)\b[^>]*>/g, '').replace(/ material="\w+"/g, '');
  const model = mujoco.MjModel.from_xml_string(plain);
  const data = new mujoco.MjData(model);
  const moving = [...model.body_mass.keys()].filter((b) => model.body_weldid[b] !== 0);
  const constants = {
    world,
    timeStep: model.opt.timestep,
    steps,
    masses: moving.map((b) => model.body_mass[b]),
    inertias: moving.flatMap((b) => [...model.body_inertia.subarray(3 * b, 3 * b + 3)]),
    armature: [...model.dof_armature],
    damping: [...model.dof_damping],
    friction: [...model.dof_frictionloss],
    stiffness: [...model.jnt_stiffness],
    ranges: [...model.jnt_range],
    gears: Array.from({ length: model.nu }, (_, i) => model.actuator_gear[6 * i]),
    controls: [...model.actuator_ctrlrange],
  };
  const { qpos, qvel, ctrl } = data;
  // from a place off every symmetry, under controls that swing within their bounds and are exact in single precision
  for (let i = 0; i < model.nq; i++) qpos[i] += 0.05 * Math.sin(1 + 2 * i);
  for (let i = 0; i < model.nv; i++) qvel[i] = 0.3 * Math.cos(2 + 3 * i);
  mujoco.mj_forward(model, data);
  const from = { qpos: [...qpos], qvel: [...qvel] };
  const actions = [];
  for (let t = 0; t < DECISIONS; t++) {
    const action = Array.from({ length: model.nu }, (_, i) => Math.round(64 * Math.sin(t + 2 * i)) / 64);
    actions.push(action);
    ctrl.set(action);
    for (let k = 0; k < steps; k++) mujoco.mj_step(model, data);
  }
  console.log(JSON.stringify({ ...constants, from, actions, to: { qpos: [...qpos], qvel: [...qvel] } }));
}
