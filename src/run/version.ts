/** The version of this package: a constant, since a browser cannot read package.json. */
export const VERSION = '0.1.0';
