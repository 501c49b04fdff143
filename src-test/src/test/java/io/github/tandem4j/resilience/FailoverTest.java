package io.github.tandem4j.resilience;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Failover: another model answers only where somebody chose that it may. */
@Timeout(60)
final class FailoverTest {

    private final ScriptedEndpoint second = ScriptedEndpoint.saying("second", "from the second");

    private static ScriptedEndpoint failing(String id, Supplier<? extends Exception> failure) {
        return ScriptedEndpoint.named(id)
                .profile(ModelProfile.remote().build())
                .fails(failure)
                .build();
    }

    private static TransientException busy() {
        return new TransientException("busy", null);
    }

    private static TandemException failureOf(ModelEndpoint endpoint) {
        return catchThrowableOfType(TandemException.class, () -> endpoint.answer("?"));
    }

    @Test
    void asksTheFirstAsLongAsItAnswers() {
        Reply reply = Failover.from(ScriptedEndpoint.saying("first", "from the first"))
                .to(second)
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("first");
        assertThat(reply.trace().decisions()).isEmpty();
        assertThat(second.calls()).isZero();
    }

    @Test
    void goesOnUponWhatMayPassAndSaysSo() {
        Reply reply = Failover.from(failing("first", FailoverTest::busy))
                .to(second)
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("second");
        assertThat(reply.trace().decisions().toString()).contains("failed over to second: TransientException: busy");
        assertThat(reply.trace().children()).extracting(Trace::role).containsExactly("choice 1 of 2", "choice 2 of 2");
    }

    @Test
    void passesOverWhatIsBehindAnOpenBreakerWithoutACall() {
        ScriptedEndpoint first = failing("first", FailoverTest::busy);
        Resilient guarded =
                Resilient.endpoint(first).attempts(1).breakAfter(1, 1).build();
        Failover failover = Failover.from(guarded).to(second).build();
        failover.answer("?");
        Reply reply = failover.answer("?");
        assertThat(first.calls()).isOne();
        assertThat(reply.trace().children().get(0).outcome()).isEqualTo(Trace.Outcome.PASSED_OVER);
        assertThat(reply.trace().decisions().toString()).contains("failed over to second: TransientException: circuit");
        assertThat(failover.refusal(Request.of("?"))).isEmpty();
    }

    @Test
    void doesNotGoOnUponWhatWasNotChosen() {
        for (TandemException failure :
                new TandemException[] {new ConfigurationException("wrong key"), new RejectedRequestException("no")}) {
            Failover failover =
                    Failover.from(failing("first", () -> failure)).to(second).build();
            assertThat(failureOf(failover)).isSameAs(failure);
        }
        assertThat(second.calls()).isZero();
    }

    @Test
    void goesOnUponWhatWasChosen() {
        Failover failover = Failover.from(failing("first", () -> new ConfigurationException("wrong key")))
                .to(second)
                .upon(failure -> failure instanceof ConfigurationException)
                .build();
        assertThat(failover.answer("?").author()).isEqualTo("second");
        ModelEndpoint other = Failover.from(failing("first", FailoverTest::busy))
                .to(second)
                .upon(failure -> failure instanceof ConfigurationException)
                .build();
        assertThat(failureOf(other)).hasMessage("busy");
    }

    @Test
    void neverGoesOnUponWhatIsTheCallersOwn() {
        for (TandemException failure : new TandemException[] {
            new CallCancelledException("stopped"),
            new DeadlineExceededException("too late"),
            new PrivacyException("not to travel"),
            new PluginException("sink threw"),
        }) {
            Failover failover = Failover.from(failing("first", () -> failure))
                    .to(second)
                    .upon(any -> true)
                    .build();
            assertThat(failureOf(failover)).isSameAs(failure);
        }
        Failover failover = Failover.from(failing("first", FailoverTest::busy))
                .to(second)
                .upon(any -> true)
                .build();
        Request local = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        assertThat(failover.refusal(local).orElseThrow()).isInstanceOf(PrivacyException.class);
        assertThat(catchThrowable(() -> failover.answer(local))).isInstanceOf(PrivacyException.class);
        assertThat(second.calls()).isZero();
    }

    @Test
    void aDeadlineThatPassesAtTheFirstIsTheEnd() {
        Failover failover = Failover.from(
                        ScriptedEndpoint.named("first").waits().build())
                .to(second)
                .upon(any -> true)
                .build();
        assertThat(catchThrowable(() -> failover.answer(Request.of("?").deadline(ofMillis(30)))))
                .isInstanceOf(DeadlineExceededException.class);
        assertThat(second.calls()).isZero();
    }

    @Test
    void neverChangesTheModelOnceATokenWasHeard() {
        RecordingSink sink = new RecordingSink();
        ScriptedEndpoint first = ScriptedEndpoint.named("first")
                .breaksAfter("Once ", FailoverTest::busy)
                .build();
        Failover failover = Failover.from(first).to(second).build();
        assertThat(catchThrowable(() -> failover.answer(Request.of("?"), sink))).hasMessage("busy");
        assertThat(sink.text()).isEqualTo("Once ");
        assertThat(second.calls()).isZero();
        assertThat(failover.answer("?").author()).isEqualTo("second");
    }

    @Test
    void namesAllWhenNoneIsLeft() {
        TandemException alike = failureOf(Failover.from(failing("first", FailoverTest::busy))
                .to(failing("next", () -> new TransientException("down", null)))
                .build());
        assertThat(alike).isInstanceOf(TransientException.class).hasMessage("busy");
        assertThat(alike.getSuppressed()).extracting(Throwable::getMessage).containsExactly("down");
        TandemException mixed = failureOf(Failover.from(failing("first", FailoverTest::busy))
                .to(failing("next", () -> new ConfigurationException("wrong key")))
                .upon(any -> true)
                .build());
        assertThat(mixed)
                .isInstanceOf(NoAnswerException.class)
                .hasMessage("no endpoint of failover is left to answer: busy; wrong key");
    }

    @Test
    void aPredicateThatThrowsIsNamedAndHidesNoFailure() {
        TransientException busy = busy();
        Failover failover = Failover.from(failing("first", () -> busy))
                .to(second)
                .upon(failure -> {
                    throw new IllegalStateException("of the predicate's own");
                })
                .named("either")
                .build();
        assertThat(failureOf(failover))
                .isInstanceOf(PluginException.class)
                .hasMessage("predicate of failures that lead on of either threw java.lang.IllegalStateException: of the"
                        + " predicate's own")
                .hasSuppressedException(busy);
    }

    @Test
    void anOptionCanBeSetOnce() {
        Failover.Builder builder = Failover.from(second).to(second).named("a");
        assertThatIllegalStateException().isThrownBy(() -> builder.named("b")).withMessageContaining("already a");
        builder.upon(TandemException::isRetriable);
        assertThatIllegalStateException().isThrownBy(() -> builder.upon(TandemException::isRetriable));
    }
}
