package io.github.tandem4j.router.cascades;

/**
 * What a plan makes of examples.
 *
 * @param losses by example: the last stage's score less that of the answer that is given
 * @param foreseen by example: what the plan's models expected the loss to be
 * @param costs by example, in US dollars
 * @param answered by example: whose answer is given
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never handed out of the package
record Outcome(double[] losses, double[] foreseen, double[] costs, int[] answered) {

    static Outcome of(Plan plan, StageEvidence evidence, Examples examples) {
        int n = examples.size();
        Outcome outcome = new Outcome(new double[n], new double[n], new double[n], new int[n]);
        for (int i = 0; i < n; i++) {
            outcome.run(i, plan, evidence, examples);
        }
        return outcome;
    }

    private void run(int i, Plan plan, StageEvidence evidence, Examples examples) {
        int last = examples.stages() - 1;
        int at = plan.start();
        int visited = 0;
        costs[i] = examples.costs()[i][at];
        while (at != last) {
            visited = Visited.and(visited, at);
            double[] features = evidence.of(visited, examples.answers()[i]);
            int next = Plan.best(plan.values(visited, features));
            if (next == at) {
                Plan.Step step = plan.step(visited);
                foreseen[i] = step.last().probability(features) - step.right().probability(features);
                break;
            }
            at = next;
            costs[i] += examples.costs()[i][at];
        }
        answered[i] = at;
        losses[i] = examples.scores()[i][last] - examples.scores()[i][at];
    }
}
