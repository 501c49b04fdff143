package io.github.tandem4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.github.tandem4j.Budget;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.Cost;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import io.github.tandem4j.Usd;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ModelEndpoint} promises about budgets: it never overspends one, however many threads share it, and
 * what it took is what it says. It is part of {@link ModelEndpointContract}.
 */
public abstract class BudgetContract extends CancellationContract {

    private static final String PLENTY_OF_MONEY = "1000000";
    private static final int MANY = 64;

    /** For subclasses. */
    protected BudgetContract() {}

    @Test
    void refusesATokenBudgetOfZeroBeforeAnyCall() {
        assertRefused(request().useAtMostTokens(0), BudgetExceededException.class);
    }

    @Test
    void spendsNoneOfAMoneyBudgetOfZero() {
        Budget nothing = Budget.ofUsd(Usd.ZERO);
        Request request = request().within(nothing);
        Optional<TandemException> refusal = endpoint().refusal(request);
        if (refusal.isPresent()) {
            assertRefused(request, refusal.get().getClass().asSubclass(TandemException.class));
        } else {
            assertThat(endpoint().answer(request).cost().usd()).isEqualTo(Usd.ZERO);
        }
        assertThat(nothing.spent()).isEqualTo(Usd.ZERO);
        assertThat(nothing.remaining()).contains(Usd.ZERO);
    }

    @Test
    void takesFromTheBudgetsWhatTheReplySays() {
        Budget tokens = Budget.ofTokens(PLENTY_OF_TOKENS);
        Reply reply = endpoint().answer(request().within(tokens));
        assertThat(tokens.remainingTokens())
                .hasValue(PLENTY_OF_TOKENS - reply.cost().tokens());

        Budget money = Budget.ofUsd(PLENTY_OF_MONEY);
        Optional<TandemException> refusal = endpoint().refusal(request().within(money));
        if (refusal.isEmpty()) {
            Reply paid = endpoint().answer(request().within(money));
            assertThat(paid.cost().unpricedCalls()).isZero();
            assertThat(money.spent()).isEqualTo(paid.cost().usd());
            assertThat(money.remaining())
                    .contains(Usd.of(PLENTY_OF_MONEY).minus(paid.cost().usd()));
        } else {
            assertRefused(request().within(money), refusal.get().getClass().asSubclass(TandemException.class));
        }
    }

    @Test
    void neverOverspendsATightBudget() {
        ModelEndpoint endpoint = endpoint();
        long used = endpoint.answer(request()).cost().tokens();
        for (long limit : new long[] {1, used / 2, used, used + 40}) {
            Budget budget = Budget.ofTokens(limit);
            Request request = request().within(budget);
            Optional<TandemException> refusal = endpoint.refusal(request);
            Cost cost;
            try {
                cost = endpoint.answer(request).cost();
                assertThat(refusal).as("refusal of what was answered").isEmpty();
            } catch (TandemException e) {
                cost = e.trace().map(Trace::cost).orElse(Cost.NONE);
            }
            assertThat(cost.tokens()).isLessThanOrEqualTo(limit);
            assertThat(budget.remainingTokens()).hasValue(limit - cost.tokens());
        }
    }

    @Test
    void manyThreadsNeverOverspendOneBudget() throws Exception {
        Request request = bounded();
        Budget budget = Budget.ofTokens(3 * coveringOneCall(request));
        long limit = budget.remainingTokens().orElseThrow();
        List<Cost> costs = Together.run(MANY, i -> costOf(request.within(budget)));
        long used = Cost.sum(costs).tokens();
        assertThat(used).isPositive().isLessThanOrEqualTo(limit);
        assertThat(budget.remainingTokens())
                .as("nothing is left reserved, and what was refused has cost nothing")
                .hasValue(limit - used);
    }

    /** {@return a budget of tokens that a call of this request is taken with} */
    private long coveringOneCall(Request request) {
        long tokens = 64;
        while (endpoint().refusal(request.useAtMostTokens(tokens)).isPresent()) {
            tokens = Math.multiplyExact(tokens, 2L);
        }
        return tokens;
    }

    /** What was answered has cost something, though the call failed behind it: its later steps found nothing left. */
    private Cost costOf(Request request) {
        try {
            return endpoint().answer(request).cost();
        } catch (BudgetExceededException | NoAnswerException e) {
            return e.trace().orElseThrow().cost();
        }
    }

    /**
     * {@return the request with a longest completion: an endpoint that knows none of its own would reserve all that is
     * left, one call at a time}
     */
    Request bounded() {
        ChatRequest chat = request().chat();
        return chat.maxOutputTokens() != null
                ? request()
                : with(ChatRequest.builder()
                        .messages(chat.messages())
                        .parameters(chat.parameters()
                                .overrideWith(ChatRequestParameters.builder()
                                        .maxOutputTokens(64)
                                        .build()))
                        .build());
    }
}
