/** An agent whose decisions are timed from outside, so that a run's events stay the same bytes every time. */
import type { Agent } from '../core/agent.ts';

/** The agent, noting in `times` how long each of its decisions takes, in ms; of many at once each takes its share. */
export function timed(agent: Agent, times: number[]): Agent {
  return {
    ...agent,
    async act(...given) {
      const began = performance.now();
      const decision = await agent.act(...given);
      times.push(performance.now() - began);
      return decision;
    },
    ...(agent.actMany && {
      async actMany(...given: Parameters<NonNullable<Agent['actMany']>>) {
        const began = performance.now();
        const decisions = await agent.actMany!(...given);
        times.push((performance.now() - began) / decisions.length);
        return decisions;
      },
    }),
  };
}
