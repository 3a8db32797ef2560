/** MJCF, MuJoCo's model format, written as nested calls: constants go in as numbers. */

type Attribute = string | number | readonly number[] | undefined;

/** `<name attribute="value">children</name>`; what is undefined is left out. */
export function tag(
  name: string,
  attributes: Readonly<Record<string, Attribute>>,
  ...children: readonly string[]
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${Array.isArray(value) ? value.join(' ') : value}"`)
    .join('');
  return children.length === 0
    ? `<${name}${written}/>\n`
    : `<${name}${written}>\n${children.join('')}</${name}>\n`;
}

/** A model. Its arena is small: MuJoCo would take megabytes for each data object, and these worlds need little. */
export function mjcf(name: string, ...children: readonly string[]): string {
  return tag('mujoco', { model: name }, tag('size', { memory: '400K' }), ...children);
}

/** A geom's group chooses the ink it is drawn with, and nothing else. */
export const INK_GROUPS = ['body', 'accent', 'ground', 'muted', 'goal'] as const;

/** The group of an ink. */
export const ink = (name: (typeof INK_GROUPS)[number]): number => INK_GROUPS.indexOf(name);

/** An actuator in [-1, 1] on the joint of its name. */
export function motor(joint: string, gear: number): string {
  return tag('motor', { name: joint, joint, gear, ctrllimited: 'true', ctrlrange: [-1, 1] });
}
