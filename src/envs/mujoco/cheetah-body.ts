/**
 * The cheetah's body: a torso in a vertical plane with a back and a front leg of three segments each.
 *
 * Wawrzynski (2007), in the measures of Gymnasium's HalfCheetah-v5 and dm_control's suite/cheetah, which share lengths,
 * masses, springs and dampers, and differ in ranges, slants, gears and contacts.
 */
import { ink, tag } from './mjcf.ts';

/** What both versions share of a leg's segment. */
interface Segment {
  readonly name: string;
  /** Of its joint, in the segment above. m */
  readonly at: readonly [x: number, z: number];
  /** Of its middle, from the joint. m */
  readonly middle: readonly [x: number, z: number];
  /** m, half its length without the round ends */
  readonly half: number;
  readonly stiffness: number; // N·m/rad
  readonly damping: number; // N·m·s/rad
}

/** Back leg, then front leg, from the top. */
export const LEGS: readonly (readonly Segment[])[] = [
  [
    { name: 'back thigh', at: [-0.5, 0], middle: [0.1, -0.13], half: 0.145, stiffness: 240, damping: 6 },
    {
      name: 'back shin',
      at: [0.16, -0.25],
      middle: [-0.14, -0.07],
      half: 0.15,
      stiffness: 180,
      damping: 4.5,
    },
    {
      name: 'back foot',
      at: [-0.28, -0.14],
      middle: [0.03, -0.097],
      half: 0.094,
      stiffness: 120,
      damping: 3,
    },
  ],
  [
    { name: 'front thigh', at: [0.5, 0], middle: [-0.07, -0.12], half: 0.133, stiffness: 180, damping: 4.5 },
    {
      name: 'front shin',
      at: [-0.14, -0.24],
      middle: [0.065, -0.09],
      half: 0.106,
      stiffness: 120,
      damping: 3,
    },
    {
      name: 'front foot',
      at: [0.13, -0.18],
      middle: [0.045, -0.07],
      half: 0.07,
      stiffness: 60,
      damping: 1.5,
    },
  ],
];

export const CHEETAH_MASS = 14; // kg, shared out by volume
const HEIGHT = 0.7; // m, of the torso at the start
const RADIUS = 0.046; // m, of every segment
const ARMATURE = 0.1; // kg·m²

/** What the versions differ in; angles in the compiler's unit, segments in the order of {@link LEGS}. */
export interface CheetahVersion {
  readonly headSlant: number;
  readonly slants: readonly number[];
  readonly ranges: readonly (readonly [low: number, high: number])[];
  /** N·m at a control of 1 */
  readonly gears: readonly number[];
}

/** The torso with all that hangs on it. Geoms take their contacts from the model's defaults. */
export function cheetahBody({ headSlant, slants, ranges }: CheetahVersion): string {
  const hang = (leg: number, i: number): string => {
    const segment = LEGS[leg][i];
    if (!segment) return '';
    const { name, at, middle, half, stiffness, damping } = segment;
    const group = ink(leg === 0 ? 'muted' : 'accent');
    return tag(
      'body',
      { name, pos: [at[0], 0, at[1]] },
      tag('joint', {
        name,
        axis: [0, 1, 0],
        limited: 'true',
        range: ranges[3 * leg + i],
        armature: ARMATURE,
        stiffness,
        damping,
      }),
      segmentOf([middle[0], 0, middle[1]], slants[3 * leg + i], half, group),
      hang(leg, i + 1),
    );
  };
  return tag(
    'body',
    { name: 'torso', pos: [0, 0, HEIGHT] },
    tag('joint', { name: 'x', type: 'slide', axis: [1, 0, 0] }),
    tag('joint', { name: 'z', type: 'slide', axis: [0, 0, 1] }),
    tag('joint', { name: 'pitch', type: 'hinge', axis: [0, 1, 0] }),
    tag('geom', { type: 'capsule', fromto: [-0.5, 0, 0, 0.5, 0, 0], size: RADIUS }),
    segmentOf([0.6, 0, 0.1], headSlant, 0.15, ink('body')),
    hang(0, 0),
    hang(1, 0),
  );
}

function segmentOf(pos: readonly number[], slant: number, half: number, group: number): string {
  return tag('geom', { type: 'capsule', pos, axisangle: [0, 1, 0, slant], size: [RADIUS, half], group });
}
