package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TextAssemblerTest {
    @Property
    void givesTheWholeTextInWholeCharacters(@ForAll String any, @ForAll long seed) {
        String text = wellFormed(any);
        List<String> pieces = new ArrayList<>();
        TextAssembler assembler = new TextAssembler(List.of(), pieces::add);

        feed(assembler, text, seed);

        assertThat(assembler.finish()).isEqualTo(text);
        assertThat(String.join("", pieces)).isEqualTo(text);
        assertThat(pieces).allSatisfy(piece -> assertThat(wellFormed(piece)).isEqualTo(piece));
    }

    @Property
    void endsBeforeTheFirstStopSequenceWhereverTokensBreak(
            @ForAll("letters") String text,
            @ForAll("stops") @Size(min = 1, max = 3) List<@NotEmpty String> stops,
            @ForAll long seed) {
        List<String> pieces = new ArrayList<>();
        TextAssembler assembler = new TextAssembler(stops, pieces::add);

        boolean stopped = feed(assembler, text, seed);

        String given = assembler.finish();
        int first = stops.stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(-1);
        assertThat(stopped).isEqualTo(first >= 0);
        assertThat(String.join("", pieces)).isEqualTo(given);
        assertThat(text).startsWith(given);
        assertThat(stops).noneMatch(given::contains);
        if (!stopped) {
            assertThat(given).isEqualTo(text);
        }
    }

    @Property
    void stopsOfManyBytesAreFoundWhereverTokensBreakThem(
            @ForAll("wideText") String text,
            @ForAll("wideStops") @Size(min = 1, max = 4) List<@NotEmpty String> stops,
            @ForAll long seed) {
        List<String> pieces = new ArrayList<>();
        TextAssembler assembler = new TextAssembler(stops, pieces::add);

        boolean stopped = feed(assembler, text, seed);

        int first = startOfTheStopThatEndsFirst(text, stops);
        assertThat(stopped).isEqualTo(first >= 0);
        String given = assembler.finish();
        assertThat(String.join("", pieces)).isEqualTo(given);
        assertThat(given).isEqualTo(first >= 0 ? text.substring(0, first) : text);
        assertThat(pieces).allSatisfy(piece -> assertThat(wellFormed(piece)).isEqualTo(piece));
    }

    /** Or -1. Of two that end together the longer. */
    private static int startOfTheStopThatEndsFirst(String text, List<String> stops) {
        return IntStream.rangeClosed(0, text.length())
                .mapToObj(end -> stops.stream()
                        .filter(text.substring(0, end)::endsWith)
                        .mapToInt(stop -> end - stop.length())
                        .min())
                .filter(OptionalInt::isPresent)
                .mapToInt(OptionalInt::getAsInt)
                .findFirst()
                .orElse(-1);
    }

    @Test
    void aStopWithinALongerOneEndsTheTextWhetherOrNotTheLongerOneCameWithIt() {
        for (List<String> tokens : List.of(List.of("so ABCD"), List.of("so AB", "CD"), List.of("so ABC", "D"))) {
            List<String> pieces = new ArrayList<>();
            TextAssembler assembler = new TextAssembler(List.of("ABCD", "BC"), pieces::add);

            boolean stopped = tokens.stream()
                    .map(token -> token.getBytes(StandardCharsets.UTF_8))
                    .anyMatch(assembler::accept);

            assertThat(stopped).isTrue();
            assertThat(assembler.finish()).as("%s", tokens).isEqualTo("so A");
            assertThat(String.join("", pieces)).isEqualTo("so A");
        }
    }

    @net.jqwik.api.Provide
    net.jqwik.api.Arbitrary<String> wideText() {
        return net.jqwik.api.Arbitraries.of("a", "é", "漢", "😀", "😁")
                .list()
                .ofMaxSize(25)
                .map(each -> String.join("", each));
    }

    @net.jqwik.api.Provide
    net.jqwik.api.Arbitrary<List<String>> wideStops() {
        return net.jqwik.api.Arbitraries.of("a", "é", "漢", "😀", "😁")
                .list()
                .ofMinSize(2)
                .ofMaxSize(4)
                .map(each -> String.join("", each))
                .list();
    }

    @Test
    void aStopAtTheVeryStartLeavesNoText() {
        List<String> pieces = new ArrayList<>();
        TextAssembler assembler = new TextAssembler(List.of("😀", "never"), pieces::add);
        byte[] smile = "😀".getBytes(StandardCharsets.UTF_8);

        for (int i = 0; i < smile.length; i++) {
            assertThat(assembler.accept(new byte[] {smile[i]})).isEqualTo(i == smile.length - 1);
        }

        assertThat(assembler.finish()).isEmpty();
        assertThat(pieces).isEmpty();
    }

    @Test
    void whatOnlyBeganLikeAStopIsGivenAfterAll() {
        List<String> pieces = new ArrayList<>();
        TextAssembler assembler = new TextAssembler(List.of("END OF", "ENDLESS"), pieces::add);

        assembler.accept("the END".getBytes(StandardCharsets.UTF_8));
        assertThat(pieces).containsExactly("the ");
        assembler.accept("ING".getBytes(StandardCharsets.UTF_8));

        assertThat(pieces).containsExactly("the ", "ENDING");
    }

    @net.jqwik.api.Provide
    net.jqwik.api.Arbitrary<String> letters() {
        return net.jqwik.api.Arbitraries.strings().withChars("ab").ofMaxLength(30);
    }

    @net.jqwik.api.Provide
    net.jqwik.api.Arbitrary<List<String>> stops() {
        return net.jqwik.api.Arbitraries.strings()
                .withChars("ab")
                .ofMinLength(2)
                .ofMaxLength(5)
                .list();
    }

    @Test
    void halfACharacterAtTheEndBecomesAReplacement() {
        TextAssembler assembler = new TextAssembler(List.of(), piece -> {});
        assembler.accept(new byte[] {'a', (byte) 0xF0, (byte) 0x9F});

        assertThat(assembler.finish()).isEqualTo("a\uFFFD");
    }

    private static boolean feed(TextAssembler assembler, String text, long seed) {
        Random random = new Random(seed);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(5));
            if (assembler.accept(java.util.Arrays.copyOfRange(bytes, from, to))) {
                return true;
            }
            from = to;
        }
        return false;
    }

    private static String wellFormed(String any) {
        return new String(any.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
