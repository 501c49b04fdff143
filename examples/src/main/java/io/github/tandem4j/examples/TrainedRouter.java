package io.github.tandem4j.examples;

import io.github.tandem4j.Request;
import io.github.tandem4j.router.features.Views;
import io.github.tandem4j.router.learning.Heads;
import io.github.tandem4j.router.learning.LearnedRouter;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.List;

/** A router that is trained in ten lines. Its outcomes are made up here; yours come from your own logs. */
public final class TrainedRouter {

    private TrainedRouter() {}

    /** Runs the example. */
    public static void main(String[] args) {
        LearnedRouter router = LearnedRouter.training(madeUp())
                .between("small", "large")
                .scoring(Heads.trees().over(Views.text()), Heads.sparseRidge().over(Views.words()))
                .fit()
                .router()
                .callingStrongFor(0.5);

        System.out.println(router.explain(Request.of("What is the capital of Norway?")));
        System.out.println(router.explain(Request.of("Prove that there are 17 integers below 4711 with 3 divisors.")));
    }

    /** The small model knows capitals, and cannot prove things. */
    private static RecordedOutcomes madeUp() {
        String[] countries = {"Norway", "Chile", "Ghana", "Nepal", "Latvia"};
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            boolean easy = i % 2 == 0;
            String prompt = easy
                    ? "What is the capital of " + countries[i / 2 % 5] + " since " + (1800 + i) + "?"
                    : "Prove that there are " + i + " integers below " + 31 * i + " with 3 divisors.";
            queries.add(RecordedQuery.of("q" + i, prompt)
                    .outcome("small", RecordedOutcome.scored(easy && i % 20 != 0 ? 1 : 0))
                    .outcome("large", RecordedOutcome.scored(i % 15 != 0 ? 1 : 0)));
        }
        return RecordedOutcomes.of(queries);
    }
}
