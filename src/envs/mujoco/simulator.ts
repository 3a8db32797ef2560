/**
 * The MuJoCo simulator (Todorov, Erez and Tassa 2012), as built for the web by its makers: loaded once, only when asked for.
 *
 * A Simulator holds one model and one data object. What it is in is copied out of the data, and back, as MuJoCo's
 * integration state: from nothing less does a simulation go on to the same bit, since solvers start from their last answer.
 * Shapes: **nq** positions, **nv** velocities, **nu** controls.
 */
import { InputError } from '../../core/errors.ts';

/** An allocation of WebAssembly memory may detach all views of it; they must then be fetched again. */
type View = Float64Array;

/** The parts of MuJoCo's model that are used here. Arrays are views of its memory. */
export interface MujocoModel {
  readonly nq: number;
  readonly nv: number;
  readonly nu: number;
  readonly nbody: number;
  readonly ngeom: number;
  readonly nsite: number;
  readonly njnt: number;
  readonly nmocap: number;
  readonly opt: { readonly timestep: number; readonly integrator: number; disableflags: number };
  readonly body_mass: View;
  readonly body_inertia: View;
  readonly body_pos: View;
  readonly dof_armature: View;
  readonly dof_damping: View;
  readonly dof_frictionloss: View;
  readonly jnt_type: Int32Array;
  readonly jnt_range: View; // [njnt, 2]
  readonly jnt_stiffness: View;
  readonly actuator_gear: View; // [nu, 6]
  readonly actuator_ctrlrange: View; // [nu, 2]
  readonly geom_bodyid: Int32Array;
  readonly geom_type: Int32Array;
  readonly geom_group: Int32Array;
  readonly geom_size: View; // [ngeom, 3]
  readonly geom_friction: View; // [ngeom, 3]
  readonly geom_solref: View; // [ngeom, 2]
  readonly geom_solimp: View; // [ngeom, 5]
  delete(): void;
}

/** The parts of MuJoCo's data that are used here. Each reading of an array makes a view: keep it. */
export interface MujocoData {
  time: number;
  readonly ncon: number;
  readonly qpos: View; // [nq]
  readonly qvel: View; // [nv]
  readonly act: View;
  readonly qacc_warmstart: View; // [nv]
  readonly ctrl: View; // [nu]
  readonly qfrc_applied: View; // [nv]
  readonly xfrc_applied: View; // [nbody, 6]
  readonly mocap_pos: View; // [nmocap, 3]
  readonly mocap_quat: View; // [nmocap, 4]
  readonly userdata: View;
  readonly sensordata: View;
  readonly xpos: View; // [nbody, 3]
  readonly xipos: View; // [nbody, 3]
  readonly xmat: View; // [nbody, 9]
  readonly geom_xpos: View; // [ngeom, 3]
  readonly geom_xmat: View; // [ngeom, 9]
  readonly site_xpos: View; // [nsite, 3]
  delete(): void;
}

/** Numbers in MuJoCo's memory: what its functions write to. Arrays of ours it only reads. */
export interface MujocoBuffer {
  GetView(): View;
  delete(): void;
}

/** The parts of the package `@mujoco/mujoco` that are used here. */
export interface Mujoco {
  readonly MjModel: { from_xml_string(mjcf: string): MujocoModel };
  readonly MjData: new (model: MujocoModel) => MujocoData;
  readonly DoubleBuffer: new (size: number) => MujocoBuffer;
  readonly mjtObj: Readonly<
    Record<`mjOBJ_${'BODY' | 'GEOM' | 'JOINT' | 'SITE'}`, { readonly value: number }>
  >;
  readonly mjtState: { readonly mjSTATE_INTEGRATION: { readonly value: number } };
  readonly mjtIntegrator: { readonly mjINT_RK4: { readonly value: number } };
  readonly mjtDisableBit: { readonly mjDSBL_AUTORESET: { readonly value: number } };
  mj_step(model: MujocoModel, data: MujocoData): void;
  mj_step1(model: MujocoModel, data: MujocoData): void;
  mj_step2(model: MujocoModel, data: MujocoData): void;
  mj_forward(model: MujocoModel, data: MujocoData): void;
  mj_kinematics(model: MujocoModel, data: MujocoData): void;
  mj_resetData(model: MujocoModel, data: MujocoData): void;
  mj_getState(model: MujocoModel, data: MujocoData, out: MujocoBuffer, signature: number): void;
  mj_setState(model: MujocoModel, data: MujocoData, state: View, signature: number): void;
  mj_stateSize(model: MujocoModel, signature: number): number;
  mj_integratePos(model: MujocoModel, qpos: MujocoBuffer, qvel: View, dt: number): void;
  mj_differentiatePos(model: MujocoModel, qvel: MujocoBuffer, dt: number, from: View, to: View): void;
  mj_name2id(model: MujocoModel, type: number, name: string): number;
}

let loaded: Promise<Mujoco> | undefined;

/**
 * The simulator, the same one each time. It takes a fraction of a second, and needs the package `@mujoco/mujoco`.
 * @param load fetches the package, where it is not found under its name
 * @throws InputError where the package is not there
 */
export function loadMujoco(load?: () => Promise<{ default: unknown }>): Promise<Mujoco> {
  if (load) return start(load);
  // bundlers take a package that is not installed, and whose failing is caught, for one that is optional
  loaded ??= start(() => import('@mujoco/mujoco').catch(refuse)).catch((error) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function start(load: () => Promise<{ default: unknown }>): Promise<Mujoco> {
  const make = (await load().catch(refuse)).default as () => Promise<unknown>;
  return (await make()) as Mujoco;
}

function refuse(error: unknown): never {
  if (error instanceof InputError) throw error;
  throw new InputError(
    `MuJoCo worlds: the package @mujoco/mujoco must be installed, got "${reasonOf(error)}". ` +
      'Install it with: npm install @mujoco/mujoco',
  );
}

/** What a simulator does between two decisions, and what of its data must be up to date after it. */
export interface SimulatorOptions {
  /** Names the model in errors. */
  readonly name: string;
  /** Simulator steps a decision. */
  readonly frameSkip: number;
  /** `joints`: only qpos and qvel. `bodies`: also places and speeds of bodies, and sensors; costs RK4 a fifth evaluation. */
  readonly reads: 'joints' | 'bodies';
}

/** One model with one data object; mutable. Whoever needs a state again saves it. */
export class Simulator {
  readonly mujoco: Mujoco;
  readonly model: MujocoModel;
  readonly data: MujocoData;
  /** Numbers in a saved state. */
  readonly stateSize: number;
  /** Seconds a decision. */
  readonly decisionTime: number;

  qpos!: View;
  qvel!: View;
  ctrl!: View;
  mocap!: View;
  sensors!: View;
  xpos!: View;
  xipos!: View;
  xmat!: View;
  geomPos!: View;
  geomMat!: View;

  private readonly options: SimulatorOptions;
  private readonly splits: boolean;
  private readonly signature: number;
  /** Whether time and `parts` are all of an integration state: copied here, it takes a tenth of MuJoCo's own functions' time. */
  private readonly plain: boolean;
  /** For MuJoCo's own function. [stateSize] */
  private readonly whole: MujocoBuffer | undefined;
  /** What follows the time in an integration state, in MuJoCo's order. */
  private parts: View[] = [];
  /** Whether the data holds what follows from positions and velocities, so that the first half of a step is done. */
  private halfway = false;

  /** @throws InputError where the model does not parse or compile, with MuJoCo's words: the element and the line. */
  constructor(mujoco: Mujoco, mjcf: string, options: SimulatorOptions) {
    this.mujoco = mujoco;
    this.options = options;
    try {
      this.model = mujoco.MjModel.from_xml_string(mjcf);
    } catch (error) {
      throw new InputError(`${options.name}: the MJCF must be a sound model, got "${reasonOf(error)}".`);
    }
    // a simulation that has broken must be seen, not begun anew
    this.model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET.value;
    this.data = new mujoco.MjData(this.model);
    this.decisionTime = this.model.opt.timestep * options.frameSkip;
    // MuJoCo's two halves of a step know only the one-stage integrators
    this.splits = this.model.opt.integrator !== mujoco.mjtIntegrator.mjINT_RK4.value;
    this.fetchViews();
    this.signature = mujoco.mjtState.mjSTATE_INTEGRATION.value;
    this.stateSize = mujoco.mj_stateSize(this.model, this.signature);
    this.plain = this.stateSize === 1 + this.parts.reduce((size, part) => size + part.length, 0);
    if (!this.plain) {
      this.whole = new mujoco.DoubleBuffer(this.stateSize);
      this.attach();
    }
  }

  /** Must precede all use of the views after something else ran. */
  attach(): void {
    // xpos is never empty but when detached
    if (this.xpos.length === 0) this.fetchViews();
  }

  /** MuJoCo's number for a name. */
  id(kind: 'body' | 'geom' | 'joint' | 'site', name: string): number {
    const type = `mjOBJ_${kind.toUpperCase() as 'BODY' | 'GEOM' | 'JOINT' | 'SITE'}` as const;
    const id = this.mujoco.mj_name2id(this.model, this.mujoco.mjtObj[type].value, name);
    if (id < 0)
      throw new InputError(`${this.options.name}: the model must have a ${kind} "${name}", got none.`);
    return id;
  }

  /** Everything as the model says: at rest in its first position. */
  reset(): void {
    this.mujoco.mj_resetData(this.model, this.data);
    this.halfway = false;
  }

  /** Works out what follows from positions, velocities and controls, as after a {@link reset} that they were written after. */
  settle(): void {
    this.mujoco.mj_forward(this.model, this.data);
    this.halfway = this.splits;
  }

  /** Works out what a world may look at from positions and velocities that were written; of touch it knows nothing. */
  look(): void {
    if (this.options.reads === 'bodies') this.mujoco.mj_step1(this.model, this.data);
    this.halfway = false;
  }

  /** Places of bodies and geoms alone, for pictures. */
  place(): void {
    this.mujoco.mj_kinematics(this.model, this.data);
    this.halfway = false;
  }

  /** One decision: `frameSkip` steps under the controls `action`. */
  advance(action: ArrayLike<number>): void {
    const { mujoco, model, data } = this;
    this.ctrl.set(action);
    let left = this.options.frameSkip;
    if (this.halfway) {
      mujoco.mj_step2(model, data);
      left--;
    }
    for (; left > 0; left--) mujoco.mj_step(model, data);
    this.halfway = false;
    if (this.options.reads === 'bodies') {
      mujoco.mj_step1(model, data);
      this.halfway = this.splits;
    }
  }

  /** MuJoCo's integration state. [stateSize] */
  save(out: Float64Array = new Float64Array(this.stateSize)): Float64Array {
    if (!this.plain) {
      this.mujoco.mj_getState(this.model, this.data, this.whole!, this.signature);
      out.set(this.whole!.GetView());
      return out;
    }
    out[0] = this.data.time;
    let at = 1;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** Back into a saved state. Bodies and sensors follow with the next step. */
  restore(state: Float64Array): void {
    this.halfway = false;
    if (!this.plain) {
      this.mujoco.mj_setState(this.model, this.data, state, this.signature);
      return;
    }
    this.data.time = state[0];
    let at = 1;
    for (const part of this.parts) {
      for (let i = 0; i < part.length; i++) part[i] = state[at + i];
      at += part.length;
    }
  }

  private fetchViews(): void {
    const { data } = this;
    this.qpos = data.qpos;
    this.qvel = data.qvel;
    this.ctrl = data.ctrl;
    this.mocap = data.mocap_pos;
    this.sensors = data.sensordata;
    this.xpos = data.xpos;
    this.xipos = data.xipos;
    this.xmat = data.xmat;
    this.geomPos = data.geom_xpos;
    this.geomMat = data.geom_xmat;
    this.parts = [
      this.qpos,
      this.qvel,
      data.act,
      data.qacc_warmstart,
      this.ctrl,
      data.qfrc_applied,
      data.xfrc_applied,
      this.mocap,
      data.mocap_quat,
      data.userdata,
    ].filter((part) => part.length > 0);
  }
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().replace(/\s*\n\s*/g, '; ');
}
