package io.github.tandem4j.onnx.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class GgufFileTest {
    @TempDir
    Path place;

    static Stream<Arguments> hostileFiles() {
        return Stream.of(
                Arguments.of(
                        "starts with", new GgufBytes().raw("PK34 is no GGUF at all".getBytes(StandardCharsets.UTF_8))),
                Arguments.of("ends inside the magic", new GgufBytes()),
                Arguments.of("big-endian", new GgufBytes().u32(0x47475546).u32(3)),
                Arguments.of(
                        "version 1",
                        new GgufBytes().u32(0x46554747).u32(1).u64(0).u64(0)),
                Arguments.of("claims 18446744073709551615 tensors", new GgufBytes().header(-1, 0)),
                Arguments.of(
                        "claims 1152921504606846976 metadata keys",
                        new GgufBytes().header(0, 1L << 60).u64(0)),
                Arguments.of(
                        "claims 1152921504606846976 bytes",
                        new GgufBytes().header(0, 1).u64(1L << 60).u64(0).u64(0)),
                Arguments.of(
                        "type 99",
                        new GgufBytes().header(0, 1).string("k").u32(99).u64(0)),
                Arguments.of(
                        "twice", new GgufBytes().header(0, 2).entry("key", 1).entry("key", 1)),
                Arguments.of(
                        "rank 9",
                        new GgufBytes().header(1, 0).string("t").u32(9).u64(0).u64(0)),
                Arguments.of("extent of 0", new GgufBytes().header(1, 0).tensor("t", 0, 0, 0)),
                Arguments.of(
                        "extent of 9223372036854775807",
                        new GgufBytes().header(1, 0).tensor("t", 0, 0, Long.MAX_VALUE, 2)),
                Arguments.of("type Q2_K", new GgufBytes().header(1, 0).tensor("t", 10, 0, 256)),
                Arguments.of("rows of 128", new GgufBytes().header(1, 0).tensor("t", 12, 0, 128)),
                Arguments.of(
                        "18446744073709551615 bytes",
                        new GgufBytes().header(0, 1).u64(-1).u64(0).u64(0)),
                Arguments.of(
                        "claims 1152921504606846976 elements",
                        new GgufBytes().header(0, 1).string("k").u32(9).u32(8).u64(1L << 60)),
                Arguments.of(
                        "rank 0", new GgufBytes().header(1, 0).tensor("t", 0, 0).u64(0)),
                Arguments.of(
                        "extent of 9223372036854775808",
                        new GgufBytes().header(1, 0).tensor("t", 0, 0, Long.MIN_VALUE)),
                Arguments.of("general.alignment 0", new GgufBytes().header(0, 1).entry("general.alignment", 0)),
                Arguments.of(
                        "overlapping",
                        new GgufBytes()
                                .header(2, 0)
                                .tensor("a", 0, 0, 16)
                                .tensor("b", 0, 0, 16)
                                .align()
                                .raw(new byte[64])),
                Arguments.of(
                        "not UTF-8",
                        new GgufBytes()
                                .header(0, 1)
                                .u64(2)
                                .raw((byte) 0xff, (byte) 0xfe)
                                .u64(0)
                                .u64(0)),
                Arguments.of("rows of 33", new GgufBytes().header(1, 0).tensor("t", 8, 0, 33)),
                Arguments.of(
                        "offset 18446744073709551584",
                        new GgufBytes().header(1, 0).tensor("t", 0, -32, 8)),
                Arguments.of("offset 7", new GgufBytes().header(1, 0).tensor("t", 0, 7, 8)),
                Arguments.of(
                        "past the end",
                        new GgufBytes().header(1, 0).tensor("t", 0, 32, 8).align()),
                Arguments.of(
                        "overlapping",
                        new GgufBytes()
                                .header(2, 0)
                                .tensor("a", 0, 0, 16)
                                .tensor("b", 0, 32, 8)
                                .align()
                                .raw(new byte[64])),
                Arguments.of("general.alignment 3", new GgufBytes().header(0, 1).entry("general.alignment", 3)));
    }

    @ParameterizedTest
    @MethodSource("hostileFiles")
    void refusesHostileFilesByName(String named, GgufBytes bytes) throws IOException {
        Path file = Files.write(place.resolve("hostile.gguf"), bytes.toBytes());

        assertThatThrownBy(() -> GgufFile.open(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(named)
                .hasMessageContaining("valid");
    }

    /** A file with a hole takes no space on the disk, and in memory many times its size. */
    @Test
    void refusesHeadersThatWouldFillTheMemory() throws IOException {
        Path file = Files.write(
                place.resolve("hole.gguf"),
                new GgufBytes()
                        .header(0, 1)
                        .string("hole")
                        .u32(9)
                        .u32(0)
                        .u64(200 << 20)
                        .toBytes());
        try (RandomAccessFile hole = new RandomAccessFile(file.toFile(), "rw")) {
            hole.setLength(300 << 20);
        }

        assertThatThrownBy(() -> GgufFile.open(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("claims 209715200 elements of hole")
                .hasMessageContaining("a header of at most");
    }

    @Test
    void refusesArraysNestedWithoutEnd() throws IOException {
        GgufBytes bytes = new GgufBytes().header(0, 1).string("nest").u32(9);
        for (int i = 0; i < 100_000; i++) {
            bytes.u32(9).u64(1);
        }
        Path file = Files.write(place.resolve("nest.gguf"), bytes.toBytes());

        assertThatThrownBy(() -> GgufFile.open(file)).hasMessageContaining("nests arrays");
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        byte[] whole = TinyLlama.of(TensorType.Q4_0).toBytes();
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            int length = i < 100 ? i * 40 : random.nextInt(whole.length - 64);
            Path file = Files.write(place.resolve("cut.gguf"), Arrays.copyOf(whole, length));

            assertThatThrownBy(() -> GgufFile.open(file).close()).isInstanceOf(ModelFileException.class);
        }
    }

    @Test
    void damagedHeadersEndInNothingButARefusal() throws IOException {
        byte[] whole = TinyLlama.of(TensorType.Q4_0).toBytes();
        Random random = new Random(2);
        int refused = 0;
        for (int i = 0; i < 1000; i++) {
            byte[] damaged = whole.clone();
            for (int k = 0; k < 1 + i % 4; k++) {
                damaged[random.nextInt(5000)] = (byte) random.nextInt();
            }
            Path file = Files.write(place.resolve("damaged.gguf"), damaged);
            try (GgufFile gguf = GgufFile.open(file)) {
                new DecoderTensors(gguf, DecoderConfig.of(gguf));
                new GgufVocabulary(gguf);
            } catch (ModelFileException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(100);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void damagedHeadersOfEachFamilyEndInNothingButARefusal(Family family) throws IOException {
        JsonNode golden = new ObjectMapper()
                .readTree(Path.of("golden/decoders-" + family.ggufName() + "-golden.json")
                        .toFile());
        byte[] whole =
                SeededGguf.of(golden.at("/models/" + family.ggufName()), golden.get("tokenizer"), TensorType.Q4_K);
        Random random = new Random(3);
        int refused = 0;
        for (int i = 0; i < 150; i++) {
            byte[] damaged = whole.clone();
            for (int k = 0; k < 1 + i % 4; k++) {
                damaged[random.nextInt(i % 2 == 0 ? 700 : 4500)] = (byte) random.nextInt();
            }
            Path file = Files.write(place.resolve("damaged.gguf"), damaged);
            try (GgufFile gguf = GgufFile.open(file)) {
                new DecoderTensors(gguf, DecoderConfig.of(gguf));
            } catch (ModelFileException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(50);
    }

    @Test
    void refusesWhatIsNoFile() {
        assertThatThrownBy(() -> GgufFile.open(place.resolve("none.gguf"))).hasMessageContaining("does not exist");
        assertThatThrownBy(() -> GgufFile.open(place)).hasMessageContaining("no regular file");
    }
}
