package io.github.tandem4j.router.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.learning.Heads;
import io.github.tandem4j.router.learning.LearnedRouter;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ViewsTest {

    private static final List<Request> THREE = List.of(
            Request.of("What is 3 + 4?"), Request.of("Prove that √2 is irrational."), Request.of("What is 3 + 4?"));

    @TempDir
    private Path directory;

    @Test
    void readsWhatTheUserWroteAndNothingElse() {
        Request conversation = Request.of(ChatRequest.builder()
                .messages(
                        SystemMessage.from("Be brief."),
                        UserMessage.from("Hi"),
                        AiMessage.from("Hello!"),
                        UserMessage.from("Why?"))
                .build());
        assertThat(UserText.of(conversation)).isEqualTo("Hi\nWhy?");
        assertThat(Views.text().read(conversation).values(0))
                .isEqualTo(Views.text()
                        .read(RecordedQuery.ofTurns("q", List.of("Hi", "Why?")).request())
                        .values(0));
    }

    @Test
    void aLongTextIsReadByItsEndAndNoCharacterIsHalved() {
        String text = "x" + "\uD83D\uDE00".repeat(40_000);
        String read = UserText.of(Request.of(text));
        assertThat(read.length()).isLessThanOrEqualTo(UserText.MOST_CHARACTERS);
        assertThat(text).endsWith(read);
        assertThat(Character.isLowSurrogate(read.charAt(0))).isFalse();
    }

    @Test
    void aRowDoesNotDependOnItsCompany() {
        for (Features view : List.of(Views.text(), Views.length(), Views.words(), Views.characters())) {
            FeatureRows together = view.read(THREE, done -> {});
            for (int i = 0; i < THREE.size(); i++) {
                assertThat(view.read(THREE.get(i)).values(0)).as(view.id()).isEqualTo(together.values(i));
            }
            assertThat(together.values(0)).isEqualTo(together.values(2));
            assertThat(together.values(0)).isNotEqualTo(together.values(1));
        }
    }

    @Test
    void wordsAreSparseAscendingAndOfUnitLength() {
        for (Features view : List.of(Views.words(), Views.characters())) {
            FeatureRows rows = view.read(THREE, done -> {});
            for (int i = 0; i < rows.size(); i++) {
                int[] columns = rows.columns(i);
                assertThat(columns).isSorted().doesNotHaveDuplicates();
                assertThat(columns[columns.length - 1]).isLessThan(view.dimension());
                double squares = 0;
                for (float value : rows.values(i)) {
                    squares += (double) value * value;
                }
                assertThat(squares).isCloseTo(1, within(1e-5));
            }
        }
    }

    @Test
    void aCachedViewReadsNoTextTwiceNotEvenInAnotherProcess() {
        Path file = directory.resolve("view.features");
        Counting counting = new Counting();
        FeatureRows first = Views.cached(counting, file).read(THREE, done -> {});
        assertThat(counting.texts.get())
                .as("the two that are alike are read once")
                .isEqualTo(2);

        FeatureRows again = Views.cached(counting, file).read(THREE, done -> {});
        assertThat(counting.texts.get()).isEqualTo(2);
        for (int i = 0; i < THREE.size(); i++) {
            assertThat(again.values(i)).isEqualTo(first.values(i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100})
    void aCacheThatWasCutKeepsWhatIsWhole(int missing) throws IOException {
        Path file = directory.resolve("view.features");
        Counting counting = new Counting();
        Views.cached(counting, file).read(THREE, done -> {});
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - missing));

        FeatureRows again = Views.cached(counting, file).read(THREE, done -> {});
        assertThat(counting.texts.get()).as("one record of two was cut").isEqualTo(3);
        assertThat(again.values(0)).isEqualTo(counting.read(THREE.get(0)).values(0));
        assertThat(Files.readAllBytes(file)).hasSameSizeAs(bytes);
    }

    @Test
    void manyWritersOfOneCacheLeaveWholeRecords() throws Exception {
        Path file = directory.resolve("view.features");
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < 4; w++) {
            int first = w * 100;
            Features own = Views.cached(new Counting(), file);
            writers.add(new Thread(() -> {
                for (int i = first; i < first + 100; i++) {
                    own.read(Request.of("x".repeat(i + 1)));
                }
            }));
        }
        writers.forEach(Thread::start);
        for (Thread writer : writers) {
            writer.join();
        }
        Counting counting = new Counting();
        Features all = Views.cached(counting, file);
        for (int i = 0; i < 400; i++) {
            assertThat(all.read(Request.of("x".repeat(i + 1))).values(0)[0]).isEqualTo(i + 1.25f);
        }
        assertThat(counting.texts.get()).as("all are found").isZero();
    }

    @Test
    void aCacheOfAnotherViewIsRefused() throws IOException {
        Path file = directory.resolve("view.features");
        Views.cached(Views.text(), file).read(THREE, done -> {});
        assertThatThrownBy(() -> Views.cached(Views.length(), file).read(THREE, done -> {}))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("view.features")
                .hasMessageContaining("text.1");
        Files.writeString(file, "something else altogether");
        assertThatThrownBy(() -> Views.cached(Views.text(), file).read(THREE, done -> {}))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no feature cache");
    }

    @Test
    void anyTextClassifierBecomesARouter() {
        Features labels = Views.labels("topics", List.of("maths", "chat"), text -> {
            double maths = text.contains("Prove") ? 0.9 : 0.2;
            return Map.of("maths", maths, "chat", 1 - maths, "other", 0.0);
        });
        assertThat(labels.read(THREE.get(1)).values(0)).containsExactly(0.9f, 0.1f);

        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            boolean hard = i % 2 == 0;
            queries.add(RecordedQuery.of("q" + i, (hard ? "Prove theorem " : "Tell me about day ") + i)
                    .outcome("small", RecordedOutcome.scored(hard ? 0 : 1))
                    .outcome("large", RecordedOutcome.scored(1)));
        }
        LearnedRouter router = LearnedRouter.training(RecordedOutcomes.of(queries))
                .between("small", "large")
                .scoring(Heads.ridge().over(labels))
                .fit()
                .router()
                .callingStrongFor(0.5);
        assertThat(router.model(Request.of("Prove theorem 99"))).isEqualTo("large");
        assertThat(router.model(Request.of("Tell me about day 99"))).isEqualTo("small");
    }

    @Test
    void aClassifierThatLeavesALabelOutIsNamed() {
        Features labels = Views.labels("topics", List.of("maths", "chat"), text -> Map.of("maths", 1.0));
        assertThatThrownBy(() -> labels.read(THREE.get(0)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("classifier topics gave null for the label 'chat'");
        Features wrong = Views.labels("topics", List.of("maths"), text -> Map.of("maths", Double.NaN));
        assertThatThrownBy(() -> wrong.read(THREE.get(0))).hasMessageContaining("gave NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Views.labels("topics", List.of("maths", "maths"), text -> Map.of()))
                .withMessageContaining("each once");
    }

    /** A view that counts the texts that it reads. */
    private static final class Counting implements Features {

        private final AtomicInteger texts = new AtomicInteger();

        @Override
        public String id() {
            return "counting.1";
        }

        @Override
        public int dimension() {
            return 30;
        }

        @Override
        public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
            float[][] rows = new float[requests.size()][];
            for (int i = 0; i < rows.length; i++) {
                texts.incrementAndGet();
                rows[i] = new float[dimension()];
                Arrays.fill(rows[i], UserText.of(requests.get(i)).length() + 0.25f);
            }
            progress.accept(1);
            return FeatureRows.dense(dimension(), rows);
        }
    }
}
