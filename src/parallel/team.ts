/** The threads beside this one: started, given work, replaced when they die. */
import { InputError, ResourceError } from '../core/errors.ts';
import type { WorkerBackend, WorkerThread } from './backends/backend.ts';
import type { Job } from './board.ts';
import { errorOf, type FromWorker, type ToWorker } from './serve.ts';
import type { Recipe } from './source.ts';

/** So many deaths, with no rollout between them that all survived, are no accident. */
const DEATHS = 3;

type Answer = FromWorker | { readonly died: string };

interface Member {
  readonly thread: WorkerThread;
  /** Takes the answer to what was asked; undefined when nothing was. */
  answered?: (answer: Answer) => void;
}

export class Team {
  /** Threads wanted. */
  readonly size: number;
  private readonly backend: WorkerBackend;
  private readonly recipe: Recipe;
  private readonly where: string;
  private readonly members = new Set<Member>();
  private deaths = 0;
  private lastReason = '';

  constructor(backend: WorkerBackend, recipe: Recipe, where: string, size: number) {
    this.backend = backend;
    this.recipe = recipe;
    this.where = where;
    this.size = size;
  }

  /**
   * Starts the threads that are missing, and waits until they have made their worlds.
   * @throws ResourceError where threads go on dying
   */
  async gather(): Promise<void> {
    const missing = this.size - this.members.size;
    if (missing === 0) return;
    if (this.deaths >= DEATHS) {
      throw new ResourceError(
        `${this.where}: worker threads must stay alive, ${this.deaths} died, the last of "${this.lastReason}". ` +
          'Give the process more memory, or set `workers` lower.',
      );
    }
    const started = await Promise.allSettled(Array.from({ length: missing }, () => this.start()));
    const failed = started.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /**
   * Hands out a rollout.
   * @returns when all have done what they took of it, or died
   * @throws InputError at once where the root is not plain data
   */
  share(job: Job): Promise<void> {
    const before = this.deaths;
    const answers: Promise<Answer>[] = [];
    try {
      for (const member of this.members) answers.push(this.ask(member, { job }));
    } catch (error) {
      throw new InputError(
        `${this.where}: the world's state must be plain data to go to other threads, got "${reasonOf(error)}". ` +
          'Keep functions and objects of classes out of it, or set `workers` to 1.',
      );
    }
    return Promise.all(answers).then(() => {
      if (this.deaths === before) this.deaths = 0;
    });
  }

  /** Ends the threads; what they were asked counts as answered. */
  dispose(): void {
    for (const member of this.members) {
      member.thread.stop();
      member.answered?.({ died: 'stopped' });
    }
    this.members.clear();
  }

  private async start(): Promise<void> {
    const settle = (answer: Answer) => member.answered?.(answer);
    const thread = await this.backend.start(settle, (reason) => {
      this.members.delete(member);
      this.deaths++;
      this.lastReason = reason;
      settle({ died: reason });
    });
    const member: Member = { thread };
    const answer = await this.ask(member, { recipe: this.recipe });
    if (answer === 'ready') {
      this.members.add(member);
      return;
    }
    thread.stop();
    if (typeof answer === 'object' && 'failed' in answer) throw errorOf(answer.failed);
    const reason = typeof answer === 'object' ? answer.died : answer;
    throw new ResourceError(
      `${this.where}: a worker thread must start, got "${reason}". Set \`workers\` lower.`,
    );
  }

  private ask(member: Member, message: ToWorker): Promise<Answer> {
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
