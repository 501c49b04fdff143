package io.github.tandem4j.router.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.HashingEmbeddings;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The nearest route is taken where it is near enough, by a threshold that was fitted and is kept. */
final class SemanticRoutesTest {

    private static final EmbeddingModel MODEL = new HashingEmbeddings(256);

    private final ModelEndpoint bank = ScriptedEndpoint.saying("bank", "from the bank");
    private final ModelEndpoint sky = ScriptedEndpoint.saying("sky", "from the sky");
    private final ModelEndpoint large = ScriptedEndpoint.saying("large", "from large");

    private SemanticRoutesBuilder builder() {
        return SemanticRoutes.over(MODEL, "hashing")
                .route("cards", bank, "my card is lost", "please block my card", "I lost my bank card")
                .route("weather", sky, "will it rain tomorrow", "how is the weather today", "is it sunny in Rome");
    }

    private static List<LabelledUtterance> labelled() {
        return List.of(
                LabelledUtterance.of("I think my card is lost", "cards"),
                LabelledUtterance.of("block the card please", "cards"),
                LabelledUtterance.of("will it rain today", "weather"),
                LabelledUtterance.of("how is the weather in Rome", "weather"),
                LabelledUtterance.outOfScope("tell me a joke about my mother"),
                LabelledUtterance.outOfScope("is it true that Rome fell in 476"),
                LabelledUtterance.outOfScope("translate this letter"));
    }

    @Test
    void goesWhereTheMessageIsNearAndSaysTheScore() {
        SemanticRoutes routes = builder().fit(labelled());
        Routing routing = Routing.among(bank, sky, large).by(routes).build();
        Reply reply = routing.answer("My card is lost, please block it");
        assertThat(reply.author()).isEqualTo("bank");
        assertThat(reply.trace().decisions().get(0).why())
                .matches("nearest route cards 0\\.\\d+ >= 0\\.\\d+; next weather .*");
        assertThat(reply.trace().decisions().get(0).confidence().measure()).isEqualTo("similarity");
        Reply other = routing.answer("Prove that there are infinitely many primes");
        assertThat(other.author()).isEqualTo("large");
        assertThat(other.trace().decisions().get(0).why()).contains(" < ");
    }

    @Test
    void aFittedThresholdTellsTheLabelledApart() {
        SemanticRoutes routes = builder().fit(labelled());
        for (LabelledUtterance one : labelled()) {
            SemanticRoutes.Match match = routes.match(one.text());
            assertThat(match.isNear() ? match.route() : "none")
                    .as(one.text())
                    .isEqualTo(one.route().orElse("none"));
        }
        SemanticRoutes all = builder().acceptingFrom(-1);
        assertThat(all.match("translate this letter").isNear()).isTrue();
    }

    @Test
    void aPrecisionThatNoThresholdReachesClosesTheRoute() {
        SemanticRoutes routes = builder()
                .withPrecision(1)
                .fit(List.of(
                        LabelledUtterance.outOfScope("my card is"),
                        LabelledUtterance.of("block my credit card", "cards"),
                        LabelledUtterance.outOfScope("will it rain")));
        assertThat(routes.threshold("weather")).contains(Double.POSITIVE_INFINITY);
        assertThat(routes.threshold("none")).isEmpty();
    }

    @Test
    void isReadAsItWasWrittenAndByNoOtherEncoder(@TempDir Path folder) throws Exception {
        SemanticRoutes routes = builder().byNearest(2).fit(labelled());
        Path file = folder.resolve("routes.json");
        routes.write(file);
        SemanticRoutes read = SemanticRoutes.read(file, MODEL, "hashing");
        for (LabelledUtterance one : labelled()) {
            assertThat(read.match(one.text())).isEqualTo(routes.match(one.text()));
        }
        assertThat(Files.readString(file)).doesNotContain("card is lost");
        assertThatThrownBy(() -> SemanticRoutes.read(file, MODEL, "another"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContainingAll("routes.json", "encoder", "'hashing'", "'another'");
        assertThatThrownBy(() -> SemanticRoutes.read(file, new HashingEmbeddings(64), "hashing"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContainingAll("dimension is 256", "64");
        String text = Files.readString(file);
        for (String damaged : List.of(
                text.replace("\"version\":1", "\"version\":2"),
                text.replace("semantic-routes", "other"),
                text.replace("\"vectors\":[\"", "\"vectors\":[\"AAAA"),
                text.replaceAll("\"threshold\":[0-9.]+", "\"threshold\":7"),
                text.replaceAll("\"routes\":.*", "\"routes\":[]}"),
                text.substring(0, text.length() / 2),
                "")) {
            Files.writeString(file, damaged);
            assertThatThrownBy(() -> SemanticRoutes.read(file, MODEL, "hashing"))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("routes.json");
        }
    }

    @Test
    void refusesWhatWouldFlatterOrNeverCount() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().fit(List.of(LabelledUtterance.of("my card is lost", "cards"))))
                .withMessageContaining("is an example of a route");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().fit(List.of(LabelledUtterance.of("hello", "greetings"))))
                .withMessageContaining("greetings");
        assertThatIllegalArgumentException().isThrownBy(() -> builder().fit(List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> builder().route("cards", bank, "again"));
        assertThatIllegalArgumentException().isThrownBy(() -> builder().route("empty", bank));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Routing.among(bank, large)
                        .by(builder().acceptingFrom(0.5))
                        .build())
                .withMessageContaining("sky");
        assertThat(builder()
                        .acceptingFrom(0.5)
                        .choose(Request.of("block my card"), List.of(sky, large))
                        .endpoint())
                .isEmpty();
    }
}
