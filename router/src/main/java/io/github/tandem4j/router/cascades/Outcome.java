package io.github.tandem4j.router.cascades;

/** What a plan makes of examples. */
final class Outcome {

    private final double[] losses;
    private final double[] foreseen;
    private final double[] costs;
    private final int[] answered;

    Outcome(double[] losses, double[] foreseen, double[] costs, int[] answered) {
        this.losses = losses;
        this.foreseen = foreseen;
        this.costs = costs;
        this.answered = answered;
    }

    /** {@return by example, the last stage's score less that of the answer that is given} */
    double[] losses() {
        return losses;
    }

    /** {@return by example, what the plan's models expected the loss to be} */
    double[] foreseen() {
        return foreseen;
    }

    /** {@return by example, what it cost in US dollars} */
    double[] costs() {
        return costs;
    }

    /** {@return by example, whose answer is given} */
    int[] answered() {
        return answered;
    }

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
