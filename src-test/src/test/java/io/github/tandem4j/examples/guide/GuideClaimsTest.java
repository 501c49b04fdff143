package io.github.tandem4j.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RetriableException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Budget;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.Usd;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the guide says happens, happens. */
final class GuideClaimsTest {

    private static final String GUIDE = "docs/running-in-production.md";

    private static ScriptedEndpoint.Builder priced(String id) {
        return ScriptedEndpoint.named(id)
                .profile(ModelProfile.remote()
                        .price(Price.perMillionTokens("2.50", "10.00"))
                        .maxOutputTokens(500)
                        .build());
    }

    @Test
    void refusalsReadAsTheGuideQuotesThem() throws IOException {
        String guide = Files.readString(Path.of("..").toRealPath().resolve(GUIDE));
        ModelEndpoint remote = priced("gpt-4o-mini").says("yes").build();
        ModelEndpoint unpriced = ScriptedEndpoint.named("qwen")
                .profile(ModelProfile.remote().build())
                .says("yes")
                .build();
        TandemException label =
                remote.refusal(Request.of("q?").label(PrivacyLabel.LOCAL_ONLY)).orElseThrow();
        TandemException price =
                unpriced.refusal(Request.of("q?").spendAtMost("1")).orElseThrow();
        assertThat(label).isInstanceOf(PrivacyException.class);
        assertThat(price).isInstanceOf(BudgetExceededException.class);
        assertThat(guide).contains(label.getMessage()).contains(price.getMessage());

        ModelEndpoint large = priced("large").says("yes").build();
        TandemException budget =
                large.refusal(Request.of(named(500)).spendAtMost("0.001")).orElseThrow();
        assertThat(budget.getMessage())
                .matches(
                        "call of large needs up to \\$0\\.005\\d+, and \\$0\\.001000 of a money budget of \\$0\\.001000 is left");
    }

    private static ChatRequest named(int completion) {
        return ChatRequest.builder()
                .messages(UserMessage.from("q?"))
                .maxOutputTokens(completion)
                .build();
    }

    @Test
    void aRequestThatIsAskedTwiceHasOneBudgetAndAModelsLimitsAreMadeAnew() {
        ScriptedEndpoint endpoint =
                priced("m").says(ScriptedAnswer.of("yes").using(10, 400)).build();
        Request request = Request.of(named(500)).spendAtMost("0.006");
        assertThat(endpoint.answer(request).text()).isEqualTo("yes");
        assertThat(endpoint.refusal(request)).containsInstanceOf(BudgetExceededException.class);

        ChatModel model = endpoint.asChatModel(each -> each.spendAtMost("0.006"));
        assertThat(model.chat(named(500)).aiMessage().text()).isEqualTo("yes");
        assertThat(model.chat(named(500)).aiMessage().text()).isEqualTo("yes");
    }

    @Test
    void anOpenCompletionReservesAllThatItsBudgetsCover() {
        Budget day = Budget.ofUsd("5");
        ScriptedEndpoint open = ScriptedEndpoint.named("open")
                .profile(ModelProfile.remote()
                        .price(Price.perMillionTokens("0.15", "0.60"))
                        .build())
                .plays((chat, context, tokens) -> {
                    assertThat(chat.maxOutputTokens()).isGreaterThan(8_000_000);
                    assertThat(day.remaining().orElseThrow()).isLessThan(Usd.of("0.00001"));
                    return ScriptedAnswer.of("yes").complete(chat, context, tokens);
                })
                .build();
        assertThat(open.answer(Request.of("q?").within(day)).text()).isEqualTo("yes");
        assertThat(day.remaining().orElseThrow()).isGreaterThan(Usd.of("4.99"));
    }

    @Test
    void aNewDayHasANewBudget() {
        AtomicInteger hours = new AtomicInteger();
        Clock clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.parse("2026-01-05T12:00:00Z").plus(Duration.ofHours(hours.get()));
            }
        };
        Limits.DailyBudgets budgets = new Limits.DailyBudgets(clock);
        Budget monday = budgets.today("acme");
        assertThat(budgets.today("acme")).isSameAs(monday);
        assertThat(budgets.today("other")).isNotSameAs(monday);
        hours.set(24);
        assertThat(budgets.today("acme")).isNotSameAs(monday);
    }

    @Test
    void aClientThatGoesAwayEndsTheCallAndAnAnswerThatBreaksOffSaysSo() {
        StringWriter out = new StringWriter();
        ScriptedEndpoint endpoint = ScriptedEndpoint.saying("m", "one two three four");
        CallCancelledException gone = catchThrowableOfType(
                CallCancelledException.class,
                () -> Streams.toClient(endpoint, Request.of("q?"), new PrintWriter(out, true), () -> true));
        assertThat(gone).hasMessageContaining("the client has gone");
        assertThat(out.toString()).isEqualTo(gone.heard() + "\n[The answer broke off here.]");

        StringWriter broken = new StringWriter();
        ScriptedEndpoint breaking = ScriptedEndpoint.named("m")
                .breaksAfter("one two", () -> new TransientException("broke", null))
                .build();
        TransientException failure = catchThrowableOfType(
                TransientException.class,
                () -> Streams.toClient(breaking, Request.of("q?"), new PrintWriter(broken, true), () -> false));
        assertThat(failure.heard()).isEqualTo("one two");
        assertThat(broken.toString()).isEqualTo("one two\n[The answer broke off here.]");
    }

    @Test
    void aMeterOfTheOutermostCountsMoneyOnce() {
        ScriptedEndpoint unsure = ScriptedEndpoint.named("small")
                .says(ScriptedAnswer.of("maybe").withTokenProbabilities(0.1))
                .build();
        ScriptedEndpoint large =
                priced("large").says(ScriptedAnswer.of("yes").using(100, 100)).build();
        ModelEndpoint assistant = Faults.resilient(unsure, large);
        Watching.Meter meter = new Watching.Meter(assistant);
        Reply reply = assistant.answer(Request.of("q?").listener(meter));
        assertThat(meter.nanoDollars()).isEqualTo(reply.cost().usd().nanos()).isPositive();
        assertThat(meter.calls()).containsOnlyKeys("answered by large");
    }

    @Test
    void failuresHaveTheStatusAndTheKindThatTheGuideGivesThem() {
        assertThat(Errors.httpStatus(new TransientException("busy", null))).isEqualTo(503);
        assertThat(Errors.httpStatus(new RejectedRequestException("no"))).isEqualTo(422);
        assertThat(Errors.httpStatus(new BudgetExceededException("no"))).isEqualTo(429);
        assertThat(Errors.httpStatus(new PrivacyException("no"))).isEqualTo(403);
        assertThat(Errors.httpStatus(new CallCancelledException("no"))).isEqualTo(499);
        assertThat(Errors.httpStatus(new ConfigurationException("no"))).isEqualTo(500);

        ModelEndpoint waiting = ScriptedEndpoint.named("m").waits().build();
        ChatModel late = waiting.asChatModel(request -> request.deadline(Duration.ofMillis(20)));
        assertThat(catchThrowableOfType(TimeoutException.class, () -> late.chat("q?")))
                .isInstanceOf(RetriableException.class);
        ModelEndpoint remote = priced("m").says("yes").build();
        ChatModel forbidden = remote.asChatModel(request -> request.label(PrivacyLabel.LOCAL_ONLY));
        assertThat(catchThrowableOfType(NonRetriableException.class, () -> forbidden.chat("q?")))
                .hasCauseInstanceOf(PrivacyException.class);
        assertThat(InLangChain4j.explained(late, named(20))).isEqualTo("We are busy. Please try again.");
    }
}
