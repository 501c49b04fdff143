package io.github.tandem4j.router.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

class ReportTest {

    private static final String HOSTILE = "=<script src=\"http://evil\">alert('&')</script>\u0000";

    @TempDir
    private Path folder;

    private static Report report() {
        Random random = new Random(5);
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            double ease = random.nextDouble();
            queries.add(RecordedQuery.of("q" + i, "question " + i)
                    .outcome(
                            HOSTILE,
                            RecordedOutcome.scored(random.nextDouble() < ease ? 1 : 0)
                                    .confidence(ease))
                    .outcome("large", RecordedOutcome.scored(random.nextDouble() < 0.9 ? 1 : 0)));
        }
        return Replay.of(RecordedOutcomes.of(queries))
                .resamples(100)
                .curve(
                        HOSTILE,
                        (request, endpoint) -> Confidence.probability(
                                endpoint.id().equals("large")
                                        ? 0.9
                                        : request.evidence()
                                                .get(RecordedQuery.KEY)
                                                .orElseThrow()
                                                .outcome(HOSTILE)
                                                .orElseThrow()
                                                .confidence()
                                                .orElseThrow(),
                                "ease"),
                        HOSTILE,
                        "large");
    }

    private static ModelsReport models() {
        List<RecordedQuery> queries = new ArrayList<>();
        Random random = new Random(6);
        for (int i = 0; i < 300; i++) {
            queries.add(RecordedQuery.of("q" + i, "question " + i + HOSTILE)
                    .outcome(HOSTILE, outcome(random, 0.5, "0.0001"))
                    .outcome("middle", outcome(random, 0.7, "0.001"))
                    .outcome("large", outcome(random, 0.8, "0.01")));
        }
        List<RecordedQuery> others = List.of(RecordedQuery.of("t", "another"));
        return Replay.of(RecordedOutcomes.of(queries))
                .resamples(100)
                .among(
                        List.of(HOSTILE, "middle", "large"),
                        RecordedOutcomes.of(List.of(others.get(0)
                                .outcome(HOSTILE, outcome(random, 0.5, "0.0001"))
                                .outcome("middle", outcome(random, 0.7, "0.001"))
                                .outcome("large", outcome(random, 0.8, "0.01")))),
                        HOSTILE,
                        outcomes -> (request, endpoint) -> Confidence.probability(
                                request.evidence()
                                        .get(RecordedQuery.KEY)
                                        .orElseThrow()
                                        .score(((RecordedEndpoint) endpoint).model()),
                                "known"),
                        10);
    }

    private static RecordedOutcome outcome(Random random, double chance, String usd) {
        return RecordedOutcome.scored(random.nextDouble() < chance ? 1 : 0).cost(Usd.of(usd));
    }

    @Test
    void aPageOfSeveralModelsIsAsSafeAndAsWhole() throws Exception {
        Path file = folder.resolve("models.html");
        models().remark("Command", "tandem replay " + HOSTILE).writeHtml(file);

        requireSafe(file, 2);
        assertThat(Files.readString(file))
                .contains("Yes: choosing is better than the best single model", "random mixture at the same cost");
    }

    @Test
    void aReportOfSeveralModelsSaysTheSameInJsonAndInCsv() throws Exception {
        ModelsReport report = models();
        JsonNode json = new JsonMapper().readTree(report.toJson());

        assertThat(json.get("shares")).hasSize(3);
        assertThat(json.get("figures")).hasSize(7);
        assertThat(json.get("curve")).hasSize(26);
        assertThat(json.at("/curve/0/shares")).hasSize(3);
        assertThat(json.get("score").doubleValue())
                .isEqualTo(report.measured().score().value());
        assertThat(json.get("over_mixture_ci")).hasSize(2);
        assertThat(report.toCsv())
                .startsWith("name,score,")
                .contains("\nlambda,score,cost_usd,on_hull,\"share of =<script", "\nestimated_quality,");
        assertThat(report.toString()).contains("Over a random mixture at the same cost", "large");
    }

    @Test
    void thePageIsWellFormedNeedsNothingElseAndRunsNothing() throws Exception {
        Path file = folder.resolve("report.html");
        report().certified(0.9, 0.2, 0.05)
                .remark("Command", "tandem replay " + HOSTILE)
                .writeHtml(file);
        requireSafe(file, 3);
        assertThat(Files.readString(file)).contains("certified threshold", "promised at most");
    }

    private void requireSafe(Path file, int plots) throws Exception {
        String page = Files.readString(file);

        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        assertThat(factory.newDocumentBuilder()
                        .parse(new InputSource(new StringReader(page.replaceFirst("<!doctype html>", ""))))
                        .getElementsByTagName("svg")
                        .getLength())
                .isEqualTo(plots);
        assertThat(page)
                .doesNotContainIgnoringCase("<script", "http://evil\"", "href=", "src=\"", "url(", "@import", "\u0000")
                .contains(
                        "prefers-color-scheme: dark",
                        "default-src 'none'",
                        "var(--router)",
                        "&lt;script src=&quot;http");
        assertThat(Files.size(file)).isLessThan(400_000);
        try (var files = Files.list(folder)) {
            assertThat(files).as("nothing half-written is left").hasSize(1);
        }
    }

    @Test
    void saysWhereAPageCannotBeWritten() {
        assertThatThrownBy(() -> report().writeHtml(folder.resolve("absent/report.html")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("cannot be written");
    }

    @Test
    void whatIsNotKnownIsNullInJsonAndEmptyInCsv() throws Exception {
        Report report = report();
        JsonNode json = new JsonMapper().readTree(report.toJson());

        assertThat(json.get("n").intValue()).isEqualTo(300);
        assertThat(json.get("apgr").doubleValue()).isGreaterThan(0.5);
        assertThat(json.get("apgr_ci")).hasSize(2);
        assertThat(json.get("cost_usd").isNull()).isTrue();
        assertThat(json.get("figures")).hasSize(5);
        assertThat(json.at("/data/fingerprint").textValue()).hasSize(64);
        String[] lines = report.toCsv().split("\n");
        assertThat(lines[0]).startsWith("name,score,");
        assertThat(lines[1])
                .startsWith("\"'=<script src=\"\"http")
                .endsWith(",," + report.measured().regret().value());
        assertThat(report.toString()).contains("APGR", "Routable: yes", "oracle");
    }
}
