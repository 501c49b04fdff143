package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.math.BigDecimal;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BudgetTest {

    private static final Price PRICE = Price.perMillionTokens("1", "1000");

    private static ScriptedEndpoint.Builder priced(String id) {
        return ScriptedEndpoint.named(id)
                .profile(ModelProfile.remote().price(PRICE).maxOutputTokens(100).build())
                .countsPromptsAs(TokenCount.exactly(100));
    }

    private static ChatRequest chat(int maxOutputTokens) {
        return ChatRequest.builder()
                .messages(UserMessage.from("hi"))
                .maxOutputTokens(maxOutputTokens)
                .build();
    }

    @Test
    void reservesTheWorstCaseToTheNanoDollar() {
        // 100 x $1 + 100 x $1000 a million = $0.1001
        ScriptedEndpoint endpoint =
                priced("m").says(ScriptedAnswer.of("yes").using(100, 100)).build();
        Budget enough = Budget.ofUsd("0.1001");
        assertThat(endpoint.answer(Request.of(chat(100)).within(enough)).cost().usd())
                .isEqualTo(Usd.of("0.1001"));
        assertThat(enough.remaining()).contains(Usd.ZERO);

        Budget short1 = Budget.ofUsd("0.100099999");
        assertThatThrownBy(() -> endpoint.answer(Request.of(chat(100)).within(short1)))
                .isInstanceOf(BudgetExceededException.class)
                .hasMessageContaining("m")
                .hasMessageContaining("$0.100100")
                .hasMessageContaining("$0.100099999");
        assertThat(endpoint.calls()).isOne();
    }

    @Test
    void capsAnOpenCompletionAtWhatTheBudgetCoversExactly() {
        ScriptedEndpoint endpoint =
                priced("m").says(ScriptedAnswer.of("yes").using(100, 50)).build();
        Budget fifty = Budget.ofUsd("0.0501");
        endpoint.answer(Request.of("hi").within(fifty));
        assertThat(endpoint.asked().get(0).maxOutputTokens()).isEqualTo(50);
        assertThat(fifty.remaining()).contains(Usd.ZERO);
    }

    @Test
    void countsAnEstimatedPromptsShortfallAsCompletionBecauseThatIsWhatTheWindowAllows() {
        // The prompt may be of 1 token and the completion of 99, which costs more than 50 and 50.
        ScriptedEndpoint endpoint = ScriptedEndpoint.named("m")
                .profile(ModelProfile.remote().price(PRICE).contextWindow(100).build())
                .countsPromptsAs(new TokenCount(10, 50))
                .says(ScriptedAnswer.of("long").using(1, 99))
                .build();
        Budget budget = Budget.ofUsd("1");
        endpoint.answer(Request.of("hi").within(budget));
        assertThat(budget.spent()).isEqualTo(Usd.of("0.099001"));

        Budget tight = Budget.ofUsd("0.06");
        endpoint.answer(Request.of("hi").within(tight));
        assertThat(endpoint.asked().get(1).maxOutputTokens())
                .as("completion that $0.06 covers after a prompt of 50")
                .isEqualTo(59);
    }

    @Test
    void refusesANegativeCompletionInsteadOfReservingLessThanNothing() {
        ScriptedEndpoint endpoint = priced("m").says("yes").build();
        Budget budget = Budget.ofTokens(10);
        assertThatThrownBy(() -> endpoint.answer(Request.of(chat(-1_000_000)).within(budget)))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("-1000000")
                .hasMessageContaining("valid is 1 or more");
        assertThat(endpoint.calls()).isZero();
        assertThat(budget.remainingTokens()).hasValue(10);
    }

    @Test
    void aBudgetNamedTwiceIsDrawnOnOnce() {
        ScriptedEndpoint endpoint =
                priced("m").says(ScriptedAnswer.of("yes").using(100, 10)).build();
        Budget budget = Budget.ofTokens(1000);
        endpoint.answer(Request.of(chat(10)).within(budget).within(budget));
        assertThat(budget.remainingTokens()).hasValue(890);
    }

    @Test
    void ofTwoBudgetsBothCount() {
        ScriptedEndpoint endpoint =
                priced("m").says(ScriptedAnswer.of("yes").using(100, 10)).build();
        Budget wide = Budget.ofTokens(1000);
        Budget narrow = Budget.ofTokens(105);
        assertThatThrownBy(
                        () -> endpoint.answer(Request.of(chat(10)).within(wide).within(narrow)))
                .isInstanceOf(BudgetExceededException.class);
        assertThat(wide.remainingTokens()).as("given back").hasValue(1000);
        assertThat(narrow.remainingTokens()).hasValue(105);
    }

    @Test
    void askingForARefusalTakesNothingEvenForAMoment() throws Exception {
        ScriptedEndpoint endpoint =
                priced("m").says(ScriptedAnswer.of("yes").using(100, 10)).build();
        Budget budget = Budget.ofTokens(111); // one call at a time, and never less than one
        Request request = Request.of(chat(10)).within(budget);
        assertThat(endpoint.refusal(request)).isEmpty();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            var results = IntStream.range(0, 4)
                    .mapToObj(i -> threads.submit(() -> {
                        for (int j = 0; j < 20_000; j++) {
                            if (endpoint.refusal(request).isPresent()) {
                                return false;
                            }
                        }
                        return true;
                    }))
                    .toList();
            for (Future<Boolean> free : results) {
                assertThat(free.get())
                        .as("a refusal that only looks disturbs no other")
                        .isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aShareTakesFromTheWholeAndIsLimitedByBoth() {
        Budget whole = Budget.ofTokens(100);
        Budget half = whole.share(2);
        Budget quarter = half.share(2);
        assertThat(half.remainingTokens()).hasValue(50);
        assertThat(quarter.remainingTokens()).hasValue(25);
        assertThat(quarter.reserve(Usd.ZERO, 26)).contains("25");
        assertThat(quarter.reserve(Usd.ZERO, 20)).isNull();
        assertThat(whole.remainingTokens()).hasValue(80);
        assertThat(whole.reserve(Usd.ZERO, 78)).isNull();
        assertThat(quarter.remainingTokens())
                .as("what is left of the whole limits the share")
                .hasValue(2);
        assertThat(quarter.reserve(Usd.ZERO, 3)).isNotNull();
        quarter.settle(Usd.ZERO, Usd.ZERO, 20, 5);
        whole.settle(Usd.ZERO, Usd.ZERO, 78, 0);
        assertThat(whole.remainingTokens()).hasValue(95);
        assertThat(half.remainingTokens()).hasValue(45);
        assertThat(quarter.remainingTokens()).hasValue(20);
    }

    @Test
    void nestedSharesStayOneBudgetEach() {
        CallContext context = CallContext.unlimited().within(Budget.ofTokens(1L << 40));
        for (int depth = 0; depth < 30; depth++) {
            context = context.share(2);
        }
        assertThat(context.budgets()).hasSize(1);
        assertThat(context.budgets().get(0).remainingTokens()).hasValue(1L << 10);
    }

    @Test
    void neverOverspentByManyThreads() throws Exception {
        int threads = 64;
        ScriptedEndpoint endpoint =
                priced("m").says(ScriptedAnswer.of("yes").using(100, 100)).build();
        Budget budget = Budget.ofUsd("1.0510"); // ten calls of $0.1001 and a half
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        int answered = 0;
        try {
            var results = IntStream.range(0, threads)
                    .mapToObj(i -> pool.submit(() -> {
                        start.await();
                        try {
                            endpoint.answer(Request.of(chat(100)).within(budget));
                            return true;
                        } catch (BudgetExceededException e) {
                            return false;
                        }
                    }))
                    .toList();
            start.countDown();
            for (Future<Boolean> result : results) {
                answered += result.get() ? 1 : 0;
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(answered).isEqualTo(10);
        assertThat(endpoint.calls()).isEqualTo(10);
        assertThat(budget.spent()).isEqualTo(Usd.of("1.001"));
        assertThat(budget.remaining()).contains(Usd.of("0.05"));
    }

    @Test
    void standsOverdrawnWhenAProviderBillsMoreThanTheWorstCase() {
        ScriptedEndpoint endpoint =
                priced("m").says(ScriptedAnswer.of("yes").using(500, 500)).build();
        Budget budget = Budget.ofTokens(300);
        endpoint.answer(Request.of("hi").within(budget));
        assertThat(budget.remainingTokens()).hasValue(-700);
        assertThatThrownBy(() -> endpoint.answer(Request.of("hi").within(budget)))
                .isInstanceOf(BudgetExceededException.class);
        assertThat(budget.share(3).remainingTokens().getAsLong()).isNotPositive();
    }

    @Test
    void saysOfSeveralBudgetsWhichOneDoesNotCoverTheLeastThatACallNeeds() {
        ScriptedEndpoint endpoint = priced("m").says("yes").build();
        Budget team = Budget.ofUsd("5");
        // 16 completion tokens alone are 16 x $1000 a million
        assertThatThrownBy(() -> endpoint.answer(Request.of("hi").within(team).spendAtMost("0.01")))
                .isInstanceOf(BudgetExceededException.class)
                .hasMessageContaining("a completion of at least 16 needs up to $0.016")
                .hasMessageEndingWith("$0.010000 of a money budget of $0.010000 is left");
        assertThatThrownBy(() -> endpoint.answer(Request.of("hi").within(team).useAtMostTokens(10)))
                .hasMessageEndingWith("10 of a token budget of 10 are left");
        assertThat(team.remaining()).contains(Usd.of("5"));
    }

    @Test
    void refusesAMoneyBudgetWhereThePriceIsNotKnown() {
        ScriptedEndpoint endpoint = ScriptedEndpoint.named("mystery")
                .profile(ModelProfile.remote().build())
                .says("yes")
                .build();
        assertThatThrownBy(() -> endpoint.answer(Request.of("hi").spendAtMost("1000")))
                .isInstanceOf(BudgetExceededException.class)
                .hasMessageContaining("mystery has no known price");
        Reply reply = endpoint.answer(Request.of("hi"));
        assertThat(reply.cost().unpricedCalls()).isOne();
        assertThat(reply.cost().toString()).contains("1 call without a price");
    }

    @Test
    void refusesNegativeAmounts() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Budget.ofUsd("-0.01"))
                .withMessageContaining("money budget");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Budget.ofTokens(-1))
                .withMessageContaining("token budget is -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Price.perMillionTokens("-1", "1"))
                .withMessageContaining("input tokens is -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Price(BigDecimal.ONE, new BigDecimal("1000000.01")))
                .withMessageContaining("output tokens is 1000000.01");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Price.perMillionTokens("free", "1"))
                .withMessageContaining("'free'");
    }

    @Test
    void hugeAndTinyAmountsAreToldInNoTime() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Usd.of("1e999999999"))
                .withMessageContaining("out of range");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Usd.of("9300000000"))
                .withMessageContaining("9.2 billion");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Price.perMillionTokens("1e999999999", "1"))
                .withMessageContaining("1,000,000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Price.perMillionTokens("1e-999999999", "1"))
                .withMessageContaining("decimals");
        assertThat(Usd.of("1e-999999999")).isEqualTo(new Usd(1));
        assertThat(Usd.of("-1e-999999999")).isEqualTo(new Usd(-1));
        assertThat(Usd.of("0e999999999")).isEqualTo(Usd.ZERO);
        assertThat(Usd.of("9223372036.854775807")).isEqualTo(new Usd(Long.MAX_VALUE));
        assertThat(new Price(new BigDecimal("1000000"), BigDecimal.ZERO).of(Integer.MAX_VALUE, Integer.MAX_VALUE))
                .isEqualTo(Usd.of("2147483647"));
    }
}
