/** A worker that takes its share of the candidates of true worlds. */
import { Board, type Job } from './board.ts';
import type { Serve } from './serve.ts';
import { makeFrom, type Recipe } from './source.ts';

export const serveRollouts: Serve = async (recipe) => {
  const { model } = await makeFrom(recipe as Recipe);
  return (job) => {
    new Board(job as Job).work(model);
  };
};
