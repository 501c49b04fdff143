package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TextAssemblerTest {
    @Property
    void givesTheWholeTextInWholeCharacters(@ForAll String any, @ForAll long seed) {
        String text = wellFormed(any);
        List<String> pieces = new ArrayList<>();
        TextAssembler assembler = new TextAssembler(List.of(), pieces::add);

        assertThat(feed(assembler, text, List.of(), seed)).isEqualTo(text);

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

        String fed = feed(assembler, text, stops, seed);

        String given = assembler.finish();
        assertThat(String.join("", pieces)).isEqualTo(given);
        assertThat(given).isEqualTo(upToTheFirst(stops, fed));
    }

    @Property
    void stopsOfManyBytesAreFoundWhereverTokensBreakThem(
            @ForAll("wideText") String text,
            @ForAll("wideStops") @Size(min = 1, max = 4) List<@NotEmpty String> stops,
            @ForAll long seed) {
        List<String> pieces = new ArrayList<>();
        TextAssembler assembler = new TextAssembler(stops, pieces::add);

        String fed = feed(assembler, text, stops, seed);

        String given = assembler.finish();
        assertThat(String.join("", pieces)).isEqualTo(given);
        assertThat(given).isEqualTo(upToTheFirst(stops, fed));
        assertThat(pieces).allSatisfy(piece -> assertThat(wellFormed(piece)).isEqualTo(piece));
    }

    @Provide
    Arbitrary<String> wideText() {
        return Arbitraries.of("a", "é", "漢", "😀", "😁")
                .list()
                .ofMaxSize(25)
                .map(each -> String.join("", each));
    }

    @Provide
    Arbitrary<List<String>> wideStops() {
        return Arbitraries.of("a", "é", "漢", "😀", "😁")
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

    @Provide
    Arbitrary<String> letters() {
        return Arbitraries.strings().withChars("ab").ofMaxLength(30);
    }

    @Provide
    Arbitrary<List<String>> stops() {
        return Arbitraries.strings()
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

    /** A token's bytes may hold more than one stop: the first in the text is the one that counts. */
    private static String upToTheFirst(List<String> stops, String text) {
        int first = stops.stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(text.length());
        return text.substring(0, first);
    }

    /** Until a stop is complete; {@return the text up to there} A longer stop that began before it may never end. */
    private static String feed(TextAssembler assembler, String text, List<String> stops, long seed) {
        Random random = new Random(seed);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(5));
            boolean stopped = assembler.accept(Arrays.copyOfRange(bytes, from, to));
            String fed = new String(bytes, 0, to, StandardCharsets.UTF_8);
            assertThat(stopped).as(fed).isEqualTo(stops.stream().anyMatch(fed::contains));
            if (stopped) {
                return fed;
            }
            from = to;
        }
        return text;
    }

    private static String wellFormed(String any) {
        return new String(any.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
