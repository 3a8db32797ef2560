/** Record: an episode as plain data to be drawn, with what was imagined in it. */
import type { Environment } from '../core/environment.ts';
import { partsOf, type Space } from '../core/spaces.ts';
import type { Dream } from './dream.ts';
import type { Episode } from './episode.ts';
import type { DreamRecording, Fan, Recording } from './events.ts';
import { markerOf, pointAt } from './marker.ts';

/** Candidates of a fan: with the plan, a batch that learned models are fast at. */
const CANDIDATES = 12;
/** Of longer episodes, not every decision has its fan. */
const MOST_FANS = 100;

/** What to ask of each decision of an episode that will be recorded. */
export function foresightOf<S, A extends Space>({ maxSteps }: Environment<S, A>): (t: number) => number {
  const every = Math.ceil(maxSteps / MOST_FANS);
  return (t) => (t % every === 0 ? CANDIDATES : 0);
}

/** An episode that was played to its end, drawn where the world can be. */
export function record<S, A extends Space>(
  environment: Environment<S, A>,
  episode: Episode<S, A>,
): Recording {
  const { picture, stateFrom } = environment;
  const { foreseen } = episode;
  const pictures = picture && episode.states.map((state) => picture(state));
  const draw = picture && stateFrom && ((seen: Float32Array) => picture(stateFrom(seen)));
  const marker = pictures && markerOf(pictures);
  const pathOf =
    draw && marker && ((seen: readonly Float32Array[]) => seen.map((each) => pointAt(draw(each), marker)));
  const imaginedPictures = draw && foreseen.map((future) => future?.plan.map(draw));
  const planned = episode.efforts.some((effort) => effort !== undefined);
  return {
    observations: episode.views.map((view) => view.observation),
    actions: episode.actions,
    rewards: episode.rewards,
    imagined: foreseen.map((future) => future?.plan),
    ...(planned && {
      plans: episode.efforts.map((effort, t) => effort && { ...effort, value: episode.values[t] }),
    }),
    ...(foreseen.some((future) => future && future.candidates.length > 0) && {
      fans: foreseen.map((future): Fan | undefined =>
        future && future.candidates.length > 0
          ? future.candidates.map((candidate) => ({
              ...candidate,
              ...(pathOf && { path: pathOf(candidate.observations) }),
            }))
          : undefined,
      ),
    }),
    ...(pictures && { pictures }),
    ...(imaginedPictures && { imaginedPictures }),
    ...(imaginedPictures &&
      marker && {
        paths: imaginedPictures.map((future) => future?.map((each) => pointAt(each, marker))),
      }),
  };
}

/** A dream, drawn where the world can be drawn from what it looks like. */
export function recordDream<S, A extends Space>(
  { observation, picture, stateFrom }: Environment<S, A>,
  { truth: { states, ...truth }, ...dream }: Dream<S, A>,
): DreamRecording {
  const seen = [...dream.shown, ...dream.dreams[0].observations];
  return {
    ...dream,
    parts: partsOf(observation).map(({ name, space: { shape }, offset }) => ({ name, shape, offset })),
    truth,
    ...(picture &&
      stateFrom && {
        pictures: {
          truth: states.map((state) => picture(state)),
          dream: seen.map((each) => picture(stateFrom(each))),
        },
      }),
  };
}
