/** The threads beside this one: started, given work, replaced when they die. */
import { InputError, ResourceError } from '../core/errors.ts';
import type { Duty, WorkerBackend, WorkerThread } from './backends/backend.ts';
import { errorOf, type FromWorker, type ToWorker } from './serve.ts';

/** So many deaths, with no task between them that all survived, are no accident. */
const DEATHS = 3;

type Answer<Result> = FromWorker<Result> | { readonly died: string };

interface Member<Result> {
  readonly thread: WorkerThread;
  /** Takes the answer to what was asked; undefined when nothing was. */
  answered?: (answer: Answer<Result>) => void;
}

export interface TeamSettings<Setup> {
  readonly backend: WorkerBackend;
  readonly duty: Duty;
  /** What each thread is told first. Plain data. */
  readonly setup: Setup;
  /** Names the team in errors. */
  readonly where: string;
  /** Threads wanted. */
  readonly size: number;
}

export class Team<Setup, Task, Result> {
  private readonly settings: TeamSettings<Setup>;
  private readonly members = new Set<Member<Result>>();
  private deaths = 0;
  private lastReason = '';
  private untold: string[] = [];

  constructor(settings: TeamSettings<Setup>) {
    this.settings = settings;
  }

  /** Threads wanted. */
  get size(): number {
    return this.settings.size;
  }

  /** Threads there are. */
  get present(): number {
    return this.members.size;
  }

  /**
   * Starts the threads that are missing, and waits until they are ready.
   * @throws ResourceError where threads go on dying
   */
  async gather(): Promise<void> {
    const missing = this.size - this.members.size;
    if (missing === 0) return;
    if (this.deaths >= DEATHS) {
      throw new ResourceError(
        `${this.settings.where}: worker threads must stay alive, ${this.deaths} died, the last of "${this.lastReason}". ` +
          'Give the process more memory, or set `workers` lower.',
      );
    }
    const started = await Promise.allSettled(Array.from({ length: missing }, () => this.start()));
    const failed = started.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /**
   * Gives all the same task.
   * @returns what they made of it, but for those that died or failed
   * @throws InputError at once where the task is not plain data
   */
  share(task: Task): Promise<Result[]> {
    const before = this.deaths;
    const asked: Promise<Answer<Result>>[] = [];
    try {
      for (const member of this.members) asked.push(this.ask(member, { task }));
    } catch (error) {
      throw new InputError(
        `${this.settings.where}: the world's state must be plain data to go to other threads, got "${reasonOf(error)}". ` +
          'Keep functions and objects of classes out of it, or set `workers` to 1.',
      );
    }
    return Promise.all(asked).then((answers) => {
      if (this.deaths === before) this.deaths = 0;
      return answers.flatMap((answer) =>
        typeof answer === 'object' && 'result' in answer ? [answer.result] : [],
      );
    });
  }

  /** Why threads have died since this was last asked. */
  obituaries(): string[] {
    const { untold } = this;
    this.untold = [];
    return untold;
  }

  /**
   * Lets the threads end as soon as they have done what they were asked, which counts as answered already.
   * @returns when they have ended
   */
  async dispose(): Promise<void> {
    const members = [...this.members];
    this.members.clear();
    for (const member of members) member.answered?.({ died: 'stopped' });
    await Promise.all(members.map(({ thread }) => thread.stop()));
  }

  private async start(): Promise<void> {
    const { backend, duty, setup, where } = this.settings;
    const settle = (answer: Answer<Result>) => member.answered?.(answer);
    const thread = await backend.start(
      duty,
      (message) => settle(message as FromWorker<Result>),
      (reason) => {
        this.members.delete(member);
        this.deaths++;
        this.lastReason = reason;
        this.untold.push(reason);
        settle({ died: reason });
      },
    );
    const member: Member<Result> = { thread };
    const answer = await this.ask(member, { setup });
    if (answer === 'ready') {
      this.members.add(member);
      return;
    }
    void thread.stop();
    if ('failed' in answer) throw errorOf(answer.failed);
    const reason = 'died' in answer ? answer.died : 'an answer to what nobody asked';
    throw new ResourceError(`${where}: a worker thread must start, got "${reason}". Set \`workers\` lower.`);
  }

  private ask(member: Member<Result>, message: ToWorker<Setup, Task>): Promise<Answer<Result>> {
    const { thread } = member;
    thread.post(message);
    thread.keepAlive(true);
    return new Promise((resolve) => {
      member.answered = (answer) => {
        member.answered = undefined;
        thread.keepAlive(false);
        resolve(answer);
      };
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
