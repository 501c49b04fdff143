package io.github.tandem4j.router.certificates;

import static io.github.tandem4j.cascade.Confidences.tokenProbabilityQuantile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateTest {

    private static final ScriptedEndpoint LARGE = ScriptedEndpoint.saying("large", "from the large one");

    /** Right down to 0.6, and wrong below. */
    private static final CalibrationRows ROWS = CalibrationRows.of(IntStream.range(0, 200)
            .mapToObj(i -> LabelledAnswer.of(i / 200.0, i >= 120))
            .toList());

    private static final Certifier CERTIFIER = Certifier.wrongAtMost(0.1)
            .withConfidence(0.95)
            .measuredBy("mean token probability")
            .clock(Clock.fixed(Instant.parse("2026-01-31T12:00:00Z"), ZoneOffset.UTC));

    private static final Certificate CERTIFICATE =
            CERTIFIER.model("small").certify(ROWS).orElseThrow();

    @TempDir
    private Path folder;

    private static ScriptedEndpoint small(double probability) {
        return small(ScriptedAnswer.of("Paris").withTokenProbabilities(probability));
    }

    private static ScriptedEndpoint small(ScriptedAnswer answer) {
        return ScriptedEndpoint.named("small").says(answer).build();
    }

    private static Cascade cascade(ModelEndpoint small, Certificate certificate) {
        return Cascade.startingWith(small)
                .acceptUnder(certificate)
                .deferTo(LARGE)
                .build();
    }

    private static String trace(ModelEndpoint small, Certificate certificate, Request request) {
        return cascade(small, certificate).answer(request).trace().toString();
    }

    @Test
    void acceptsWhatItsThresholdKeepsAndDefersTheRest() {
        assertThat(CERTIFICATE.threshold()).isBetween(0.5, 0.6);
        Reply kept = cascade(small(0.7), CERTIFICATE).answer("?");
        assertThat(kept.author()).isEqualTo("small");
        assertThat(kept.trace().toString())
                .contains("kept: mean token probability 0.700 >= 0.5", "certified: at most 0.1000 wrong");
        assertThat(cascade(small(0.4), CERTIFICATE).answer("?").author()).isEqualTo("large");
        assertThat(cascade(small((float) CERTIFICATE.threshold() + 1e-6), CERTIFICATE)
                        .answer("?")
                        .author())
                .isEqualTo("small");
        RecordingSink sink = new RecordingSink();
        cascade(small(0.4), CERTIFICATE).answer(Request.of("?"), sink);
        assertThat(sink.text()).isEqualTo("from the large one");
    }

    @Test
    void isVoidForAnotherModelAndSaysSoAtBuild() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cascade(ScriptedEndpoint.saying("other", "x"), CERTIFICATE))
                .withMessageContaining("accepts answers of other")
                .withMessageContaining("certificate for small");
        Certificate local = CERTIFIER.model(small(1)).certify(ROWS).orElseThrow();
        assertThat(local.profile()).hasValue("scripted, local");
        ModelEndpoint elsewhere = ScriptedEndpoint.named("small")
                .profile(ModelProfile.remote().provider("scripted").build())
                .says("x")
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cascade(elsewhere, local))
                .withMessageContaining("scripted, remote");
        cascade(small(1), local);
    }

    @Test
    void isVoidForAnotherSystemPromptAndSaysSoInTheTrace() {
        Request terse = Request.of(ChatRequest.builder()
                .messages(SystemMessage.from("Be terse."), UserMessage.from("?"))
                .build());
        assertThat(trace(small(0.9), CERTIFICATE, terse))
                .contains(
                        "deferred: certificate is void: it was made without a system prompt, and this request came with"
                                + " system prompt");
        Certificate forTerse =
                CERTIFIER.model("small").systemPrompt("Be terse.").certify(ROWS).orElseThrow();
        assertThat(trace(small(0.9), forTerse, terse)).contains("kept: ");
        assertThat(trace(small(0.9), forTerse, Request.of("?"))).contains("came without a system prompt");
        Certificate forAny =
                CERTIFIER.model("small").anySystemPrompt().certify(ROWS).orElseThrow();
        assertThat(trace(small(0.9), forAny, terse)).contains("kept: ");
    }

    @Test
    void defersWhatWasNotCalibrated() {
        assertThat(trace(small(ScriptedAnswer.of("Paris")), CERTIFICATE, Request.of("?")))
                .contains("deferred: confidence is unknown");
        ScriptedAnswer cut =
                ScriptedAnswer.of("Paris").withTokenProbabilities(0.9).endingBy(FinishReason.LENGTH);
        Reply judged = Cascade.startingWith(small(cut))
                .acceptUnder(CERTIFICATE)
                .deferTo(LARGE)
                .judgeEveryAnswer()
                .build()
                .answer("?");
        assertThat(judged.trace().toString()).contains("deferred: answer is cut by its limit of tokens");
        Certificate ofMargin = CERTIFIER
                .model("small")
                .measuredBy("reported confidence")
                .certify(ROWS)
                .orElseThrow()
                .measuredBy((request, reply) -> io.github.tandem4j.Confidence.rawScore(0.9, "anything"));
        assertThat(trace(small(0.1), ofMargin, Request.of("?"))).contains("kept: anything 0.9");
        Certificate mistaken = CERTIFICATE.measuredBy(tokenProbabilityQuantile(0.5));
        assertThat(trace(small(0.9), mistaken, Request.of("?")))
                .contains("deferred: certificate is void: it is about mean token probability, and this is token"
                        + " probability at quantile");
    }

    @Test
    void asksForAMeasureThatItDoesNotKnow() {
        Certificate own = CERTIFIER
                .model("small")
                .measuredBy("token probability at quantile 0.500")
                .certify(ROWS)
                .orElseThrow();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cascade(small(1), own))
                .withMessageContaining("measuredBy");
        assertThat(cascade(small(0.9), own.measuredBy(tokenProbabilityQuantile(0.5)))
                        .answer("?")
                        .author())
                .isEqualTo("small");
    }

    @Test
    void defersEarlyOnlyWhatItWouldDeferInTheEnd() {
        Certificate minimum = CERTIFIER
                .model("small")
                .measuredBy("minimum token probability")
                .certify(ROWS)
                .orElseThrow();
        ScriptedAnswer falls = ScriptedAnswer.of("one two three four").withTokenProbabilities(0.9, 0.1, 0.9, 0.9);
        assertThat(trace(small(falls), minimum, Request.of("?"))).contains("deferred early: minimum token probability");
        ScriptedAnswer holds = ScriptedAnswer.of("one two three four").withTokenProbabilities(0.9, 0.8, 0.9, 0.9);
        assertThat(trace(small(holds), minimum, Request.of("?"))).contains("kept: minimum token probability 0.800");
    }

    @Test
    void survivesAFile() throws IOException {
        Path file = folder.resolve("certificate.json");
        Certificate certificate = CERTIFIER.model(small(1)).certify(ROWS).orElseThrow();
        certificate.save(file);
        Certificate read = Certificate.load(file);
        assertThat(CertificateJson.toJson(read)).isEqualTo(CertificateJson.toJson(certificate));
        assertThat(read).hasToString(certificate.toString());
        assertThat(cascade(small(0.7), read).answer("?").author()).isEqualTo("small");
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void saysThePromiseInWords() {
        assertThat(CERTIFICATE.promise())
                .isEqualTo("at most 10.00 % of the kept answers of small are wrong, with confidence 95.00 %");
        assertThat(CERTIFICATE.toString())
                .startsWith("Certified 2026-01-31 for small: at most 10.00 %")
                .contains("of 200 calibration rows", "Void for another model or system prompt");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"alpha\" : 0.1       | \"alpha\" : 0.05     | does not show what it promises",
                "\"alpha\" : 0.1       | \"alpha\" : 1.0      | valid is between 0 and 1",
                "\"wrong\" : 2.0       | \"wrong\" : 0.0      | does not show what it promises",
                "\"n\" : 200           | \"n\" : 20           | of n 20 rows",
                "\"n\" : 200           | \"n\" : -1           | in field n",
                "\"version\" : 1       | \"version\" : 7      | of version 7",
                "\"graded\" : false    | \"graded\" : 0       | in field graded",
                "\"model\" : \"small\" | \"model\" : \" \"    | model is blank",
                "\"date\" : \"2026     | \"date\" : \"soon    | its date is",
                "\"any\"               | \"some\"             | no SHA-256",
                "\"threshold\" :       | \"threshold\" : [],\"x\" : | in field threshold"
            })
    void refusesAFileThatWasTamperedWith(String found, String instead, String why) throws IOException {
        Path file = folder.resolve("certificate.json");
        CERTIFIER.model("small").anySystemPrompt().certify(ROWS).orElseThrow().save(file);
        String whole = Files.readString(file);
        String changed = whole.replaceFirst("\"wrong\" : \\d+\\.0", "\"wrong\" : " + wrongOf(whole) + ".0")
                .replace(found.startsWith("\"wrong") ? "\"wrong\" : " + wrongOf(whole) + ".0" : found, instead);
        assertThat(changed).isNotEqualTo(whole);
        Files.writeString(file, changed);
        assertThatThrownBy(() -> Certificate.load(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("certificate.json")
                .hasMessageContaining(why);
        Files.writeString(file, whole.substring(0, whole.length() / 2));
        assertThatThrownBy(() -> Certificate.load(file)).isInstanceOf(ModelFileException.class);
    }

    private static int wrongOf(String json) {
        var matcher = Pattern.compile("\"wrong\" : (\\d+)").matcher(json);
        assertThat(matcher.find()).isTrue();
        return Integer.parseInt(matcher.group(1));
    }
}
