package io.github.tandem4j.router;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CachingEmbeddingModelTest {

    /** Writes down what it was asked, and gives the text's length and first character. */
    private static final class Recording implements EmbeddingModel {
        private final List<String> asked = new CopyOnWriteArrayList<>();
        private volatile boolean broken;

        @Override
        public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
            if (broken) {
                throw new IllegalStateException("broken");
            }
            List<Embedding> embeddings = new ArrayList<>();
            for (TextSegment segment : segments) {
                asked.add(segment.text());
                embeddings.add(Embedding.from(
                        new float[] {segment.text().length(), segment.text().charAt(0)}));
            }
            return Response.from(embeddings, new TokenUsage(segments.size()));
        }

        @Override
        public String modelName() {
            return "recording";
        }
    }

    private final Recording model = new Recording();
    private final CachingEmbeddingModel cache = CachingEmbeddingModel.of(model);

    private static List<TextSegment> segments(String... texts) {
        return Arrays.stream(texts).map(TextSegment::from).toList();
    }

    @Test
    void aTextIsComputedOnce() {
        float[] first = cache.embed("one").content().vector();
        Response<Embedding> again = cache.embed("one");

        assertThat(again.content().vector()).isEqualTo(first).isNotSameAs(first);
        assertThat(requireNonNull(again.tokenUsage()).inputTokenCount()).isZero();
        assertThat(cache.embed(TextSegment.from("one")).content().vector()).isEqualTo(first);
        assertThat(model.asked).containsExactly("one");
        assertThat(cache.modelName()).isEqualTo("recording");
        assertThat(cache.dimension()).isEqualTo(2);
    }

    @Test
    void aBatchComputesOnlyWhatIsMissingAndThatOnce() {
        cache.embed("b");

        Response<List<Embedding>> all = cache.embedAll(segments("a", "b", "cc", "a", "cc", "b"));

        assertThat(model.asked).containsExactly("b", "a", "cc");
        assertThat(requireNonNull(all.tokenUsage()).inputTokenCount()).isEqualTo(2);
        assertThat(all.content())
                .extracting(each -> (int) each.vector()[1])
                .containsExactly((int) 'a', (int) 'b', (int) 'c', (int) 'a', (int) 'c', (int) 'b');
        assertThat(cache.embedAll(segments("cc", "a")).content()).hasSize(2);
        assertThat(model.asked).hasSize(3);
        assertThat(cache.embedAll(List.of()).content()).isEmpty();
    }

    @Test
    void whatACallerDoesToItsVectorNobodyElseSees() {
        cache.embed("one").content().vector()[0] = 77;
        cache.embedAll(segments("one")).content().get(0).normalize();

        assertThat(cache.embed("one").content().vector()).containsExactly(3, 'o');
    }

    @Test
    void bothBoundsHold() {
        CachingEmbeddingModel few =
                CachingEmbeddingModel.builder(model).maxEntries(10).build();
        CachingEmbeddingModel small =
                CachingEmbeddingModel.builder(model).maxBytes(4096).build();
        for (int i = 0; i < 1000; i++) {
            few.embed("text " + i);
            small.embed("text " + i);
        }
        assertThat(few.size()).isBetween(1L, 10L);
        assertThat(small.size()).isBetween(1L, 4096L / 168);
        assertThatThrownBy(() -> CachingEmbeddingModel.builder(model).maxEntries(0))
                .hasMessageContaining("entries are 0");
        assertThatThrownBy(() -> CachingEmbeddingModel.builder(model).maxBytes(1))
                .hasMessageContaining("bytes are 1");
    }

    @Test
    void aFailureIsNotRemembered() {
        model.broken = true;
        assertThatThrownBy(() -> cache.embed("one")).hasMessage("broken");
        assertThatThrownBy(() -> cache.embedAll(segments("one", "two"))).hasMessage("broken");
        model.broken = false;

        assertThat(cache.embedAll(segments("one", "two")).content()).hasSize(2);
    }

    @Test
    void callersAtTheSameTimeGetTheirOwnTexts() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> calls = new ArrayList<>();
            for (int caller = 0; caller < 8; caller++) {
                calls.add(callers.submit(() -> {
                    boolean right = true;
                    for (int i = 0; i < 2000; i++) {
                        String text = "x".repeat(1 + i % 97);
                        right &= cache.embed(text).content().vector()[0] == text.length();
                    }
                    return right;
                }));
            }
            for (Future<Boolean> call : calls) {
                assertThat(call.get()).isTrue();
            }
        } finally {
            callers.shutdownNow();
        }
        assertThat(cache.size()).isEqualTo(97);
    }
}
