/** Updates of Dreamer in a thread of their own, while the agent goes on acting in this one. */
import { workers as backend } from '#workers';
import type { Serve } from '../../parallel/serve.ts';
import { Team } from '../../parallel/team.ts';
import { type DreamerProgram, type DreamerSetup, dreamerProgram } from './program.ts';

export type UpdateOutcome = Awaited<ReturnType<DreamerProgram>>;

/** What an update is made of. Plain data. */
export interface UpdateTask {
  readonly state: Parameters<DreamerProgram>[0];
  readonly lesson: Parameters<DreamerProgram>[1];
}

export const serveUpdates: Serve = async (setup) => {
  const { program } = dreamerProgram(setup as DreamerSetup);
  return (task) => {
    const { state, lesson } = task as UpdateTask;
    return program(state, lesson);
  };
};

/** One update at a time, made by another thread. */
export interface UpdatesBeside {
  /** What it is at. */
  readonly task?: UpdateTask;
  begin(task: UpdateTask): void;
  /** @returns what came of the task, to the bit the same whoever did it */
  finish(): Promise<UpdateOutcome>;
  /** The task is no longer asked for. */
  forget(): void;
  /** Lets the thread end. @returns when it has ended */
  dispose(): Promise<void>;
}

/** @param program the same of this thread, which does what another has died of */
export function updatesBeside(setup: DreamerSetup, program: DreamerProgram): UpdatesBeside {
  const team = new Team<DreamerSetup, UpdateTask, UpdateOutcome>({
    ...{ backend, duty: 'updates', setup, size: 1 },
    where: `${setup.where}, updates beside acting`,
  });
  let underway:
    | { readonly task: UpdateTask; readonly outcome: Promise<UpdateOutcome | undefined> }
    | undefined;

  const made = async (task: UpdateTask): Promise<UpdateOutcome | undefined> => {
    await team.gather();
    return (await team.share(task))[0];
  };

  return {
    get task() {
      return underway?.task;
    },
    begin(task) {
      const outcome = made(task);
      // an error waits for whoever asks for the outcome
      outcome.catch(() => undefined);
      underway = { task, outcome };
    },
    async finish() {
      const { task, outcome } = underway!;
      const found = (await outcome) ?? (await program(task.state, task.lesson));
      underway = undefined;
      return found;
    },
    forget() {
      // a thread amid an update would answer what is no longer asked: another takes its place
      if (underway) void team.dispose();
      underway = undefined;
    },
    dispose: () => team.dispose(),
  };
}
