package io.github.tandem4j.onnx.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexConstraintTest {
    @Property(tries = 300)
    void allowsWhatJavaMatches(@ForAll("regexes") String regex, @ForAll("texts") String text) {
        assertThat(Texting.allows(OutputConstraint.regex(regex), text))
                .as("%s on %s", regex, text)
                .isEqualTo(Pattern.compile(regex).matcher(text).matches());
    }

    @Property(tries = 100)
    void whatItLetsThroughJavaMatches(@ForAll("regexes") String regex, @ForAll long seed) {
        String text = Texting.random(OutputConstraint.regex(regex), seed, 60);

        if (text != null) {
            assertThat(text).matches(Pattern.compile(regex));
        }
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("abcß日😀 01-\n_").ofMaxLength(8);
    }

    @Provide
    Arbitrary<String> regexes() {
        Arbitrary<String> atoms = Arbitraries.of(
                "a",
                "b",
                "c",
                "ß",
                "日",
                "😀",
                "[ab]",
                "[^a]",
                "[a-c日]",
                "[^日-語]",
                ".",
                "\\d",
                "\\w",
                "\\S",
                "\\s",
                "\\-",
                "\\x62",
                "\\u00df",
                "\\p{L}",
                "\\P{Lu}",
                "[^\\w\\s]",
                "[\\d_-]");
        return Arbitraries.lazyOf(() -> atoms, () -> atoms, () -> atoms, this::repeated, this::joined, this::either)
                .filter(regex -> regex.length() < 80);
    }

    private Arbitrary<String> repeated() {
        Arbitrary<String> quantifiers = Arbitraries.of("*", "+", "?", "*?", "{2}", "{1,3}", "{0,2}", "{2,}");
        return Combinators.combine(regexes(), quantifiers).as((inner, quantifier) -> {
            // What may be empty is not counted, and counters within counters are many places at once.
            boolean isCounted = inner.indexOf('{') >= 0 || Pattern.matches("(?s)" + inner, "");
            return "(?:" + inner + ")" + (quantifier.startsWith("{") && isCounted ? "*" : quantifier);
        });
    }

    private Arbitrary<String> joined() {
        return Combinators.combine(regexes(), regexes()).as((a, b) -> "(" + a + ")(?:" + b + ")");
    }

    private Arbitrary<String> either() {
        return Combinators.combine(regexes(), regexes()).as((a, b) -> "(" + a + "|" + b + ")");
    }

    @Test
    void groupsMayHaveNames() {
        assertThat(Texting.allows(OutputConstraint.regex("(?<year>\\d{4})-(?<month>\\d\\d)"), "2026-11"))
                .isTrue();
    }

    @Test
    void anchorsAroundTheWholeSayNothingNew() {
        assertThat(Texting.allows(OutputConstraint.regex("^ab$|^c"), "ab")).isTrue();
        assertThat(Texting.allows(OutputConstraint.regex("^ab$|^c"), "cd")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "(a)\\1 3 reference",
                "(?=a) 0 look-around",
                "(?<!a) 0 look-around",
                "(?i)a 0 flags",
                "a\\b 1 border",
                "a++ 1 possessive",
                "a{3,1} 1 from",
                "a{200000} 1 rounds",
                "a** 2 quantifier",
                "(a 0 end",
                "a) 1 unmatched",
                "[a 0 end",
                "[b-a] 1 backwards",
                "[] 0 empty",
                "[a&&b] 2 bare",
                "x\\ 1 backslash",
                "x\\u12 1 hexadecimal",
                "x\\ud800 1 surrogate",
                "x\\p{Greek} 1 category",
                "*a 0 nothing",
                "(^a) 1 beginning",
                "(a$) 2 end",
                "(a?){2,9} 0 empty",
                "x\\q 1 known",
                "(?<:a) 0 look-around",
                "x\\x4１ 1 hexadecimal",
            })
    void whatItCannotKeepIsRefusedByItsIndex(String regex, int index, String why) {
        assertThatThrownBy(() -> OutputConstraint.regex(regex))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at index " + index)
                .hasMessageContaining(why)
                .hasMessageContaining("valid");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((((a{9999}){9999}){9999}){9999}){9999}",
                "(.*a.{50000}|b)*c",
                "((a|b|ab)*(b|ba|a)*)*x{1000}",
                "(a*)*(a*)*(a*)*b"
            })
    void hostileExpressionsTakeNoLongerThanOthers(String regex) {
        TokenConstraint way = Texting.begin(OutputConstraint.regex(regex), 1000);
        for (int i = 0; i < 300; i++) {
            int id = 2 + 'a';
            if ((way.allowed()[id >> 6] & 1L << id) != 0) {
                way.accept(id);
            }
        }
        assertThat(way.allowed()).isNotEmpty();
    }

    @Test
    void oneOfAMillionCharactersIsRefusedOrRead() {
        assertThatThrownBy(() -> OutputConstraint.regex("a".repeat(1 << 20))).hasMessageContaining("at most");
        assertThatThrownBy(() -> OutputConstraint.regex("(".repeat(50_000))).hasMessageContaining("nested too deeply");
        assertThat(Texting.allows(OutputConstraint.regex("a|".repeat(2_000)), "a"))
                .isTrue();
    }

    @Test
    void choicesAreTheTextsAndNothingElse() {
        OutputConstraint choice = OutputConstraint.choice(List.of("good", "goods", "bad", "日本", "\"quoted\"\n"));

        for (int seed = 0; seed < 50; seed++) {
            assertThat(Texting.random(choice, seed, 40)).isIn("good", "goods", "bad", "日本", "\"quoted\"\n");
        }
        assertThat(Texting.allows(choice, "goo")).isFalse();
        assertThatThrownBy(() -> OutputConstraint.choice(List.of())).hasMessageContaining("0 choices");
        assertThatThrownBy(() -> OutputConstraint.choice(List.of("a", ""))).hasMessageContaining("choice 2 of 2");
        assertThatThrownBy(() -> OutputConstraint.choice(List.of("\ud800"))).hasMessageContaining("surrogate");
    }

    @Test
    void aLimitIsSteeredTo() {
        OutputConstraint words = OutputConstraint.regex("([a-z]+ ){3}[a-z]{4}\\.");
        for (int seed = 0; seed < 100; seed++) {
            TokenConstraint way = Texting.begin(words, 14);
            assertThat(Texting.random(words, seed, 14)).isNotNull().matches("([a-z]+ ){3}[a-z]{4}\\.");
            assertThat(way.isShortened()).isFalse();
        }
    }

    @Test
    void aVocabularyThatCannotSpellATextIsRefused() {
        byte[][] tokens = {{'a'}, {'b'}, {'c', 'd'}};
        TokenVocabulary few = TokenVocabulary.of(3, id -> tokens[id], Set.of(), Set.of());

        assertThatThrownBy(() -> few.begin(OutputConstraint.regex("a[xyz]"), 9)).hasMessageContaining("vocabulary");
        TokenConstraint way = few.begin(OutputConstraint.regex("a|cd|c"), 9);
        assertThat(way.allowed()[0]).isEqualTo(1);
        assertThat(new String(tokens[0], StandardCharsets.UTF_8)).isEqualTo("a");
    }

    /** Java and JavaScript differ in what a space is. */
    @ParameterizedTest
    @ValueSource(strings = {"[^\\S]", "[^\\S\\n]", "[^\\s]", "[^a\\s]", "\\S", "\\s"})
    void spacesAreThoseOfAllReadings(String regex) {
        for (char space : " \t\u0085\u00a0\u2003\ufeff\u001c".toCharArray()) {
            String text = String.valueOf(space);
            if (Texting.allows(OutputConstraint.regex(regex), text)) {
                assertThat(text).matches(regex);
                assertThat("\u0085\u00a0\u2003\ufeff").doesNotContain(text);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"L", "Lu", "Mn", "N", "Pd", "Zs", "C", "Cn", "Co", "So"})
    void categoriesAreJavas(String name) {
        OutputConstraint constraint = OutputConstraint.regex("\\p{" + name + "}");
        Pattern java = Pattern.compile("\\p{" + name + "}");
        for (int character = 0; character <= Character.MAX_CODE_POINT; character += character < 0x3000 ? 7 : 991) {
            if (Character.getType(character) != Character.SURROGATE) {
                String text = Character.toString(character);
                assertThat(Texting.allows(constraint, text))
                        .as("U+%04X", character)
                        .isEqualTo(java.matcher(text).matches());
            }
        }
    }

    @Test
    void whatWasFoundOutIsForgotten() {
        TokenAutomaton automaton = Texting.automaton(OutputConstraint.regex("[ab]*a[ab]{30}"));
        Random random = new Random(1);
        State state = automaton.start();
        List<WeakReference<State>> passed = new ArrayList<>();
        for (int i = 0; i < 60_000; i++) {
            state = automaton.step(state, random.nextBoolean() ? 'a' : 'b', Walk.unwatched());
            passed.add(new WeakReference<>(state));
        }
        System.gc();

        assertThat(passed.stream().filter(each -> each.get() != null).count()).isLessThan(25_000);
        assertThat(automaton.step(state, 'c', Walk.unwatched()).isDead()).isTrue();
    }

    @Test
    void aMissingTextIsNotTooLong() {
        assertThatThrownBy(() -> OutputConstraint.textWithout("ab".repeat(50_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most");
    }
}
