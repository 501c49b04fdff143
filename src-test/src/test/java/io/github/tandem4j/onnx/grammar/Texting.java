package io.github.tandem4j.onnx.grammar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A small vocabulary with every byte and some longer tokens, and who speaks it: at random, as far as it is allowed to. */
final class Texting {
    /** The id that ends a turn; one before it is a control token that looks like text. */
    static final int END = 1;

    private static final int CONTROL = 0;
    private static final List<byte[]> TOKENS = tokens();

    private static final TokenVocabulary VOCABULARY =
            TokenVocabulary.of(TOKENS.size(), TOKENS::get, Set.of(CONTROL, END), Set.of(END));

    private Texting() {}

    private static List<byte[]> tokens() {
        List<byte[]> tokens = new ArrayList<>();
        tokens.add("\"<|control|>".getBytes(StandardCharsets.UTF_8));
        tokens.add("<|end|>".getBytes(StandardCharsets.UTF_8));
        for (int value = 0; value < 256; value++) {
            tokens.add(new byte[] {(byte) value});
        }
        for (String text : List.of(
                "{\"", "\":", "\": \"", "\",", "\", \"", "\"}", "\n  ", "    ", "}}", "]]", "[[", "{}", "[]", "true",
                "false", "null", "name", "na", "ab", "abc", "12", "123", "1000", "0.", ".5", "-1", "e1", "é", "日本",
                "本\"", "\\n", "\\u00", "\\u", "20", "202", "-0", "-1", "T1", ":0", "://", "www", "@a", ".c")) {
            tokens.add(text.getBytes(StandardCharsets.UTF_8));
        }
        tokens.add(new byte[] {(byte) 0xE6, (byte) 0x97}); // half of a character
        return tokens;
    }

    static TokenConstraint begin(OutputConstraint constraint, int most) {
        return VOCABULARY.begin(constraint, most);
    }

    /** Draws among all allowed tokens until the end is drawn or nothing more may come; null if the limit came before. */
    static @Nullable String random(OutputConstraint constraint, long seed, int most) {
        Random random = new Random(seed);
        TokenConstraint way = begin(constraint, most);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int taken = 0; taken < most && !way.isFinished(); taken++) {
            int id = draw(way, random);
            if (id == END) {
                break;
            }
            way.accept(id);
            text.writeBytes(TOKENS.get(id));
        }
        return way.isComplete() ? text.toString(StandardCharsets.UTF_8) : null;
    }

    private static int draw(TokenConstraint way, Random random) {
        long[] allowed = way.allowed();
        List<Integer> ids = new ArrayList<>();
        for (int id = 0; id < TOKENS.size(); id++) {
            if ((allowed[id >> 6] & 1L << id) != 0) {
                ids.add(id);
            }
        }
        if (ids.isEmpty()) {
            throw new AssertionError("a dead end");
        }
        if (ids.contains(CONTROL) || ids.contains(END) != way.isComplete()) {
            throw new AssertionError("control tokens among the allowed");
        }
        return ids.get(random.nextInt(ids.size()));
    }

    static TokenAutomaton automaton(OutputConstraint constraint) {
        return VOCABULARY.automaton(constraint);
    }

    /** Whether a text is one of those that the constraint allows, byte by byte. */
    static boolean allows(OutputConstraint constraint, String text) {
        TokenAutomaton automaton = automaton(constraint);
        State state = automaton.start();
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            state = automaton.step(state, value & 0xFF, Walk.unwatched());
        }
        return state.isComplete;
    }
}
