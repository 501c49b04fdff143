package io.github.tandem4j.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.Budget;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.Cost;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Usd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many threads that spend one budget over real HTTP, where three exchanges in ten go wrong. */
@Timeout(600)
class SharedBudgetTest {

    private static final int THREADS = 64;
    private static final int CALLS = Boolean.getBoolean("tandem.thorough") ? 20_000 : 600;
    private static final TokenSink LISTENING = piece -> {};

    /** What one call cost, and whether the budget refused it. */
    private record End(Cost cost, boolean isRefused) {}

    @ParameterizedTest(name = "${0}")
    @CsvSource({"0.02, true", "1000, false"})
    void isNeverOverspentAndHasBackWhatFailedCallsReserved(String limit, boolean runsOut) throws Exception {
        Budget budget = Budget.ofUsd(limit);
        List<End> ends = new ArrayList<>();
        List<ModelEndpoint> models = new ArrayList<>();
        Chance chance = new Chance(20261124);
        try (Leaves leaves = new Leaves(chance)) {
            for (int protocol = 0; protocol < 3; protocol++) {
                // Where a few calls have all the money, they must not all be over before one is answered.
                Duration timeout = Duration.ofSeconds(runsOut ? 5 : 2);
                models.add(leaves.remote("remote-" + protocol, protocol, timeout));
            }
            for (int protocol = 0; protocol < 3; protocol++) { // which loads classes for as long as many others take
                var unused = end(models.get(protocol), CALLS + protocol, Budget.ofUsd("1000"), chance);
            }
            AtomicInteger next = new AtomicInteger();
            ExecutorService callers = Executors.newFixedThreadPool(THREADS);
            List<Future<List<End>>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                all.add(callers.submit(() -> {
                    List<End> own = new ArrayList<>();
                    for (int n = next.getAndIncrement(); n < CALLS; n = next.getAndIncrement()) {
                        End end = end(models.get(n % 3), n, budget, chance);
                        // What others have reserved may come back: a busy machine refuses all calls while the first
                        // runs.
                        for (int again = 0; end.isRefused() && again < 5; again++) {
                            Thread.sleep(10);
                            own.add(end);
                            end = end(models.get(n % 3), n, budget, chance);
                        }
                        own.add(end);
                        assertThat(budget.remaining().orElseThrow()).isBetween(Usd.ZERO, Usd.of(limit));
                        assertThat(budget.spent()).isBetween(Usd.ZERO, Usd.of(limit));
                    }
                    return own;
                }));
            }
            for (Future<List<End>> caller : all) {
                ends.addAll(caller.get());
            }
            callers.shutdown();
            Leftovers.awaitQuiet(leaves.server());
        }

        Usd cost = Cost.sum(ends.stream().map(End::cost).toList()).usd();
        assertThat(budget.spent()).isEqualTo(cost).isGreaterThan(Usd.ZERO);
        assertThat(budget.remaining()).contains(Usd.of(limit).minus(cost));
        assertThat(ends)
                .hasSizeGreaterThanOrEqualTo(CALLS)
                .anyMatch(end -> end.cost().equals(Cost.NONE));
        assertThat(ends.stream().anyMatch(End::isRefused)).isEqualTo(runsOut);
    }

    private static End end(ModelEndpoint model, int call, Budget budget, Chance chance) {
        Request request =
                Request.of(Leaves.chat(call, chance.of("question", call))).within(budget);
        try {
            return new End(
                    model.answer(request, call % 2 == 0 ? LISTENING : TokenSink.NONE)
                            .cost(),
                    false);
        } catch (TandemException e) {
            return new End(e.trace().orElseThrow().cost(), e instanceof BudgetExceededException);
        }
    }
}
