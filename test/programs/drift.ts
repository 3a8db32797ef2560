/** The forethought program with the recipes of tests. */
import { runProcess } from '../../cli/process.ts';
import { boastfulRecipe, driftRecipe } from '../worlds/drift-recipe.ts';

await runProcess(process.argv.slice(2), [driftRecipe, boastfulRecipe]);
