package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.PromptReader;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxPromptReaderTest {
    private static final List<String> PROMPTS =
            IntStream.range(0, 12).mapToObj(i -> "Question " + i + "?").toList();

    @TempDir
    static Path models;

    private static Path directory;

    @TempDir
    Path cache;

    private OnnxEndpoint endpoint;

    @BeforeAll
    static void write() throws IOException {
        directory = TinyLlama.of(TensorType.Q8_0).importInto(models, Weights.EXACT);
    }

    @BeforeEach
    void open() {
        endpoint = OnnxEndpoint.builder(directory)
                .id("tiny")
                .threads(1)
                .window(300)
                .open();
    }

    @AfterEach
    void close() {
        endpoint.close();
    }

    @Test
    void readsWhatTheEndpointReadsOneByOne() {
        List<Double> told = new ArrayList<>();

        List<PromptReading> batch =
                OnnxPromptReader.over(endpoint).onProgress(told::add).read(PROMPTS);

        same(batch, PromptReader.of(endpoint, endpoint.readingWish()).read(PROMPTS));
        assertThat(told).hasSize(12).isSorted().last().isEqualTo(1.0);
    }

    @Test
    void theCacheGivesWhatItWasGivenAndTheModelIsNotAsked() throws IOException {
        List<PromptReading> exact = OnnxPromptReader.over(endpoint).read(PROMPTS);
        List<PromptReading> cold = cached().read(PROMPTS);
        long fed = endpoint.model().decoder().fed();
        List<PromptReading> warm = cached().inParallel(1).read(PROMPTS);

        assertThat(endpoint.model().decoder().fed()).isEqualTo(fed);
        same(warm, cold);
        for (int i = 0; i < exact.size(); i++) {
            float[] rounded = cold.get(i).states().vector("mean.1");
            float[] whole = exact.get(i).states().vector("mean.1");
            for (int j = 0; j < whole.length; j++) {
                assertThat(rounded[j]).isCloseTo(whole[j], Offset.offset(Math.abs(whole[j]) / 2000 + 1e-7f));
            }
        }
    }

    @Test
    void aFileThatIsCutAnywhereLosesNoMoreThanItsLastRecord() throws IOException {
        List<PromptReading> whole = cached().read(PROMPTS);
        byte[] bytes = Files.readAllBytes(file());
        int record = (bytes.length - 44) / 12;
        for (int cut : new int[] {0, 10, 43, 44, 45, 44 + record - 1, 44 + 7 * record, bytes.length - 1}) {
            Files.write(file(), Arrays.copyOf(bytes, cut));
            long fed = endpoint.model().decoder().fed();

            same(cached().read(PROMPTS), whole);

            int lost = 12 - Math.max(0, (cut - 44) / record);
            assertThat(endpoint.model().decoder().fed() - fed).isEqualTo(tokens(whole.subList(12 - lost, 12)));
            assertThat(Files.size(file())).isEqualTo(bytes.length);
        }
    }

    @Test
    void aDamagedRecordIsReadAgain() throws IOException {
        List<PromptReading> whole = cached().inParallel(1).read(PROMPTS);
        byte[] bytes = Files.readAllBytes(file());
        int record = (bytes.length - 44) / 12;
        bytes[44 + 3 * record + 70] ^= 4;
        Files.write(file(), bytes);
        long fed = endpoint.model().decoder().fed();

        same(cached().read(PROMPTS), whole);
        same(cached().read(PROMPTS), whole);

        assertThat(endpoint.model().decoder().fed() - fed)
                .isEqualTo(whole.get(3).promptTokens());
    }

    @Test
    void aForeignFileIsRefusedAndLeftAlone() throws IOException {
        cached().read(PROMPTS.subList(0, 1));
        Path file = file();
        for (String foreign : new String[] {"x", "something else that somebody keeps in a file of this name, whole"}) {
            Files.writeString(file, foreign);

            assertThatThrownBy(() -> cached().read(PROMPTS))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("valid");
            assertThat(file).hasContent(foreign);
        }
    }

    @Test
    void anotherModelAndAnotherWishHaveFilesOfTheirOwn() throws IOException {
        List<PromptReading> mine = cached().read(PROMPTS);
        ReadingWish wish = ReadingWish.none().last(1);
        assertThat(cached().reading(wish).read(PROMPTS).get(0).states().names()).containsExactly("last.1");
        Path other = new TinyLlama(TensorType.Q8_0, true, 99)
                .importInto(Files.createDirectory(cache.resolve("other")), Weights.EXACT);
        try (OnnxEndpoint second =
                OnnxEndpoint.builder(other).threads(1).window(300).open()) {
            PromptReading theirs =
                    OnnxPromptReader.over(second).cachedIn(cache).read(PROMPTS).get(0);
            assertThat(theirs.reader()).isNotEqualTo(mine.get(0).reader());
            assertThat(theirs.states().vector("last.final"))
                    .isNotEqualTo(mine.get(0).states().vector("last.final"));
        }
        try (Stream<Path> files = Files.list(cache)) {
            assertThat(files.filter(Files::isRegularFile)).hasSize(3);
        }
    }

    @Test
    void aFullCacheGrowsNoMoreAndReadsOn() throws IOException {
        List<PromptReading> whole = cached().read(PROMPTS);
        long full = Files.size(file());
        Files.delete(file());

        same(OnnxPromptReader.over(endpoint).cachedIn(cache, full - 1).read(PROMPTS), whole);

        assertThat(Files.size(file())).isEqualTo(full - (full - 44) / 12);
        assertThatThrownBy(() -> OnnxPromptReader.over(endpoint).cachedIn(cache, -1))
                .hasMessageContaining("-1 bytes");
    }

    @Test
    void severalReadersShareOneFile() throws IOException {
        List<PromptReading> alone = cached().read(PROMPTS);
        long size = Files.size(file());
        Files.delete(file());

        List<CompletableFuture<List<PromptReading>>> readers = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> cached().read(PROMPTS)))
                .toList();

        readers.forEach(reader -> same(reader.join(), alone));
        assertThat(Files.size(file())).isEqualTo(size);
    }

    @Test
    void anInterruptEndsItAndWhatWasReadStays() {
        assertThatThrownBy(() -> cached().onProgress(done -> {
                            if (done > 0.5) {
                                Thread.currentThread().interrupt();
                            }
                        })
                        .read(PROMPTS))
                .isInstanceOf(CallCancelledException.class);
        assertThat(Thread.interrupted()).isTrue();

        long fed = endpoint.model().decoder().fed();
        List<PromptReading> all = cached().read(PROMPTS);
        assertThat(endpoint.model().decoder().fed() - fed).isLessThanOrEqualTo(tokens(all.subList(7, 12)));
    }

    @Test
    void aPromptBeyondTheWindowIsReadByItsEnd() {
        String text = TinyLlama.text(2000, 9);

        List<PromptReading> readings = cached().read(List.of("Hello", text));
        PromptReading again = cached().read(List.of(text)).get(0);

        assertThat(readings.get(0).isTruncated()).isFalse();
        assertThat(readings.get(1).isTruncated()).isTrue();
        assertThat(again.isTruncated()).isTrue();
        assertThat(readings.get(1).promptTokens()).isGreaterThan(1000);
        int[] ids = endpoint.promptOf(List.of(UserMessage.from(text)));
        int[] end = Arrays.copyOfRange(ids, ids.length - 300, ids.length);
        float[] direct = endpoint.model()
                .readEnd(end, endpoint.readingWish(), CallContext.unlimited())
                .states()
                .vector("last.1");
        assertThat(again.states().vector("last.1")).containsExactly(direct, Offset.offset(1e-2f));
    }

    @Test
    void oneRowThatCannotBeReadDoesNotEndTheRest() {
        List<String> rows = List.of("Hello", " ", "World");
        List<Integer> read = new ArrayList<>();
        List<Integer> refused = new ArrayList<>();

        OnnxPromptReader.over(endpoint).read(rows, new PromptReader.Sink() {
            @Override
            public void accept(int index, PromptReading reading) {
                read.add(index);
            }

            @Override
            public void refused(int index, TandemException reason) {
                assertThat(reason).isInstanceOf(RejectedRequestException.class).hasMessageContaining("blank");
                refused.add(index);
            }
        });

        assertThat(read).containsExactly(0, 2);
        assertThat(refused).containsExactly(1);
        assertThatThrownBy(() -> OnnxPromptReader.over(endpoint).read(rows))
                .isInstanceOf(RejectedRequestException.class);
    }

    private OnnxPromptReader cached() {
        return OnnxPromptReader.over(endpoint).cachedIn(cache);
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(cache)) {
            return files.filter(file -> file.toString().endsWith(".readings"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static long tokens(List<PromptReading> readings) {
        return readings.stream().mapToLong(PromptReading::promptTokens).sum();
    }

    private static void same(List<PromptReading> found, List<PromptReading> expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            PromptReading one = found.get(i);
            PromptReading other = expected.get(i);
            assertThat(one.states().names()).isEqualTo(other.states().names());
            for (String name : one.states().names()) {
                assertThat(one.states().vector(name)).isEqualTo(other.states().vector(name));
            }
            assertThat(one.nextToken()).isEqualTo(other.nextToken());
            assertThat(one.nextLogProbabilities()).isEqualTo(other.nextLogProbabilities());
            assertThat(one.promptTokens()).isEqualTo(other.promptTokens());
            assertThat(one.reader()).isEqualTo(other.reader());
        }
    }
}
