package io.github.tandem4j.examples;

import static io.github.tandem4j.cascade.TextSignal.REFUSAL;

import io.github.tandem4j.Budget;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.StageFailure;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Many threads draw on one budget, a team's for a day: together they never spend more than it. */
public final class SharedBudget {

    private SharedBudget() {}

    /** Defers what the small model does not know; where the budget does not cover the large one, its answer stands. */
    public static Cascade assistant(ModelEndpoint small, ModelEndpoint large) {
        return Cascade.startingWith(small)
                .keepWhen(REFUSAL.absence().atLeast(1))
                .deferTo(large)
                .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                .build();
    }

    /** Asks a model so often at once, each time on another thread, and prints who answered and what was refused. */
    public static List<Reply> askAtOnce(ModelEndpoint assistant, int calls, Budget day, PrintStream out) {
        List<CompletableFuture<Reply>> underWay = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            underWay.add(assistant.answerAsync(
                    Request.of("What does clause 7 of the contract mean?").within(day)));
        }
        List<Reply> answered = new ArrayList<>();
        for (CompletableFuture<Reply> call : underWay) {
            try {
                Reply reply = call.join();
                answered.add(reply);
                out.println(
                        "answered by " + reply.author() + " for " + reply.cost().usd());
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof BudgetExceededException refused)) {
                    throw e;
                }
                out.println("refused: " + refused.getMessage()); // before the model was called, so it cost nothing
            }
        }
        out.println("spent " + day.spent() + ", left " + day.remaining().orElseThrow());
        return answered;
    }

    /** A model of a lambda that takes its time. A call reserves its longest completion, and pays for what it says. */
    static ModelEndpoint large() {
        ModelProfile profile = ModelProfile.remote()
                .price(Price.perMillionTokens("2.50", "10.00"))
                .maxOutputTokens(500)
                .build();
        return ModelEndpoint.of("large", profile, (chat, context, tokens) -> {
            Thread.sleep(100);
            return Completion.of("It limits what either side owes the other. ".repeat(20));
        });
    }

    /** Shows a day's budget run out: for the large model alone, and for one that has another answer to give. */
    public static void main(String[] args) {
        Budget day = Budget.ofUsd("0.02");
        ModelEndpoint large = large();
        System.out.println("Six calls at once, of the large model alone:");
        askAtOnce(large, 6, day, System.out);

        System.out.println("Six more, of a cascade that starts with a free model:");
        Cascade assistant = assistant(Endpoints.answering("small", "I don't know. Ask a lawyer."), large);
        List<Reply> answered = askAtOnce(assistant, 6, day, System.out);
        System.out.println(answered.get(answered.size() - 1).trace());
    }
}
