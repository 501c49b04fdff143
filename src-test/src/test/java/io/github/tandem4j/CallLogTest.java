package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

class CallLogTest {

    private static final String SECRET = "the launch code is 4711";

    private final Lines lines = new Lines();

    private final ModelEndpoint cascade = Cascade.startingWith(
                    ScriptedEndpoint.saying("small", "It is\nERROR forged {}"))
            .keepWhen((request, reply) -> Verdict.defer("too short"))
            .deferTo(ScriptedEndpoint.saying("large", "the answer to it"))
            .build();

    @Test
    void tellsWhoWasAskedWhatWasDecidedAndWhatItCostAndNoWordOfTheTexts() {
        cascade.answer(Request.of(SECRET).listener(CallLog.to(lines)));
        assertThat(lines.lines)
                .containsExactly(
                        "DEBUG cascade is asked; messages: 1",
                        "DEBUG small is asked; messages: 1",
                        "INFO small answered, unknown (nothing measured) [$0.000000, 15 tokens, 0.0 s]",
                        "DEBUG cascade decided: deferred: too short",
                        "DEBUG large is asked; messages: 1",
                        "INFO large answered, unknown (nothing measured) [$0.000000, 14 tokens, 0.0 s]",
                        "INFO cascade answered, unknown (nothing measured) [$0.000000, 29 tokens, 0.0 s]");
        assertThat(lines.lines).noneMatch(line -> line.contains("4711") || line.contains("answer to it"));
    }

    @Test
    void writesTextsOnlyWhenAskedAndNoTextPassesForALine() {
        cascade.answer(
                Request.of(SECRET + "\r\nWARN x").listener(CallLog.to(lines).withTexts()));
        assertThat(lines.lines)
                .anyMatch(line -> line.contains("4711\\u000d\\u000aWARN x"))
                .contains("DEBUG small said: It is\\u000aERROR forged {}")
                .noneMatch(line -> line.contains("\n"));
    }

    @Test
    void shortensWhatIsLong() {
        cascade.answer(
                Request.of("x".repeat(100_000)).listener(CallLog.to(lines).withTexts()));
        assertThat(lines.lines).allMatch(line -> line.length() < 1000);
    }

    @Test
    void tellsFailuresWithoutTheirTraces() {
        ModelEndpoint failing = ScriptedEndpoint.named("m")
                .fails(() -> new TransientException("call of m failed: busy", null))
                .build();
        assertThatThrownBy(() -> failing.answer(Request.of(SECRET).listener(CallLog.to(lines))))
                .isInstanceOf(TransientException.class);
        assertThat(lines.lines).last().isEqualTo("WARN m failed, TransientException: call of m failed: busy");
    }

    /** Keeps what is logged. */
    private static final class Lines extends LegacyAbstractLogger {

        private static final long serialVersionUID = 1;

        private final List<String> lines = new ArrayList<>();

        @Override
        protected @Nullable String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level,
                @Nullable Marker marker,
                String message,
                Object @Nullable [] arguments,
                @Nullable Throwable throwable) {
            String line = level + " " + MessageFormatter.basicArrayFormat(message, arguments);
            lines.add(line.replaceAll("\\d+\\.\\d s]", "0.0 s]"));
        }

        @Override
        public boolean isTraceEnabled() {
            return true;
        }

        @Override
        public boolean isDebugEnabled() {
            return true;
        }

        @Override
        public boolean isInfoEnabled() {
            return true;
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }
    }
}
