/** Telling that programs are being compiled, which for a training step takes seconds. */

/** A program begins to be compiled or is ready, or what was kept of it on the disk could not be used. */
export type CompilingEvent =
  | { readonly type: 'compiling'; readonly name: string }
  | { readonly type: 'compiled'; readonly name: string; readonly milliseconds: number }
  | { readonly type: 'trouble'; readonly message: string };

type Listener = (event: CompilingEvent) => void;

const listeners = new Set<Listener>();

/**
 * Calls `listener` whenever a program of this process is compiled, until the returned function is called.
 * @example const stop = watchCompiling((event) => event.type === 'compiling' && console.log(event.name));
 */
export function watchCompiling(listener: Listener): () => void {
  // a listener given twice is called twice, and taken away once at a time
  const own: Listener = (event) => listener(event);
  listeners.add(own);
  return () => void listeners.delete(own);
}

/** Tells all who listen. */
export function tellCompiling(event: CompilingEvent): void {
  for (const listener of listeners) listener(event);
}

/** Tells that a program begins to be compiled, and when it is told, that it has ended. */
export function startCompiling(name: string): { end(): void } {
  const started = performance.now();
  tellCompiling({ type: 'compiling', name });
  return {
    end: () => tellCompiling({ type: 'compiled', name, milliseconds: performance.now() - started }),
  };
}
