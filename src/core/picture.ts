/** Pictures: shapes in world units, as data. Terminals, pages and rasterisers draw them each in their own way. */

/** A colour of the shared palette; whoever draws decides what it looks like, in light and in dark. */
export type Ink = 'body' | 'accent' | 'ground' | 'muted' | 'goal' | 'imagined';

export type Shape =
  /** An open line. `width` in world units. */
  | {
      readonly kind: 'line';
      readonly points: readonly (readonly [x: number, y: number])[];
      readonly width: number;
      readonly ink: Ink;
    }
  /** A filled outline. */
  | {
      readonly kind: 'polygon';
      readonly points: readonly (readonly [x: number, y: number])[];
      readonly ink: Ink;
    }
  /** A filled disc. */
  | {
      readonly kind: 'disc';
      readonly center: readonly [x: number, y: number];
      readonly radius: number;
      readonly ink: Ink;
    }
  /** Words, centred. `size` in world units. */
  | {
      readonly kind: 'text';
      readonly at: readonly [x: number, y: number];
      readonly text: string;
      readonly size: number;
      readonly ink: Ink;
    };

export interface Picture {
  /** What is in view, world units, y upwards. */
  readonly view: {
    readonly left: number;
    readonly right: number;
    readonly bottom: number;
    readonly top: number;
  };
  /** Drawn in order: later shapes cover earlier ones. */
  readonly shapes: readonly Shape[];
}
