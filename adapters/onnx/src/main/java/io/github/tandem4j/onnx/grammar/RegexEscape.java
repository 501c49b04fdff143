package io.github.tandem4j.onnx.grammar;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What follows a backslash. Where Java and JavaScript differ, what both match is taken: {@code \s} is ASCII's whitespace,
 * and {@code \S} leaves out Unicode's too.
 */
final class RegexEscape {
    private static final CodePoints DIGITS = CodePoints.of('0', '9');
    private static final CodePoints WORDS =
            DIGITS.or(CodePoints.of('a', 'z')).or(CodePoints.of('A', 'Z')).or(CodePoints.of('_'));
    private static final CodePoints SPACES = CodePoints.of(" \t\n\u000B\f\r");
    private static final CodePoints ALL_SPACES =
            CodePoints.matching(c -> Character.isSpaceChar(c) || Character.isWhitespace(c) || c == 0xFEFF || c == 0x85);

    /** Only categories are looked up: they are few, and Java knows them by these names. */
    private static final Pattern CATEGORY = Pattern.compile("[LMNPSZC][a-z]?");

    private static final Map<String, CodePoints> CATEGORIES = new ConcurrentHashMap<>();

    private RegexEscape() {}

    /**
     * @param start where the backslash is; it has been read
     * @param isNegated whether what is read is what must not come, so that what either matches is taken
     */
    static CodePoints read(RegexParser in, int start, boolean isNegated) {
        if (!in.hasNext()) {
            throw in.refuse(start, "a backslash at its end", "\\\\ for a backslash");
        }
        char c = in.next();
        switch (c) {
            case 'd' -> {
                return DIGITS;
            }
            case 'D' -> {
                return DIGITS.not();
            }
            case 'w' -> {
                return WORDS;
            }
            case 'W' -> {
                return WORDS.not();
            }
            case 's' -> {
                return isNegated ? SPACES.or(ALL_SPACES) : SPACES;
            }
            case 'S' -> {
                return (isNegated ? SPACES : SPACES.or(ALL_SPACES)).not();
            }
            case 'p', 'P' -> {
                CodePoints set = category(in, start);
                return c == 'p' ? set : set.not();
            }
            default -> {
                int single = single(in, c, start);
                return CodePoints.of(single);
            }
        }
    }

    private static int single(RegexParser in, char c, int start) {
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'f' -> '\f';
            case 'v' -> throw in.refuse(start, "\\v, which Java and JavaScript read differently", "\\x0B");
            case 'x' -> hex(in, 2, start);
            case 'u' -> character(in, hex(in, 4, start), start);
            case 'b', 'B', 'A', 'Z', 'z', 'G' -> throw in.refuse(start, "a border \\" + c, "no borders");
            case 'k' -> throw in.refuse(start, "a reference back", "no references");
            default -> {
                if (c >= '0' && c <= '9') {
                    throw in.refuse(
                            start, c == '0' ? "an octal character" : "a reference back", "\\x00 and no references");
                }
                if (c < 0x80 && Character.isLetter(c)) {
                    throw in.refuse(start, "\\" + c + ", which is not known", "d, w, s, n, r, t, f, x, u and p");
                }
                if (Character.isSurrogate(c)) {
                    throw in.refuse(start, "an escaped surrogate", "the character itself");
                }
                yield c;
            }
        };
    }

    private static int character(RegexParser in, int unit, int start) {
        if (Character.isHighSurrogate((char) unit) && in.accept('\\') && in.accept('u')) {
            int low = hex(in, 4, start);
            if (Character.isLowSurrogate((char) low)) {
                return Character.toCodePoint((char) unit, (char) low);
            }
        }
        if (Character.isSurrogate((char) unit)) {
            throw in.refuse(start, "half a surrogate pair", "a character");
        }
        return unit;
    }

    private static int hex(RegexParser in, int digits, int start) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = in.hasNext() && in.peek() < 0x80 ? Character.digit(in.next(), 16) : -1;
            if (digit < 0) {
                throw in.refuse(start, "an escape without its " + digits + " hexadecimal digits", "\\x0A or \\u000A");
            }
            value = value * 16 + digit;
        }
        return value;
    }

    private static CodePoints category(RegexParser in, int start) {
        StringBuilder name = new StringBuilder();
        if (in.accept('{')) {
            while (in.hasNext() && in.peek() != '}' && name.length() < 3) {
                name.append(in.next());
            }
            in.require('}', start, "a category whose name does not end");
        }
        CodePoints known = lookedUp(name.toString());
        if (known == null) {
            throw in.refuse(start, "the category " + name, "Unicode's general ones, such as \\p{L} and \\p{Nd}");
        }
        return known;
    }

    private static @Nullable CodePoints lookedUp(String name) {
        if (!CATEGORY.matcher(name).matches()) {
            return null;
        }
        CodePoints known = CATEGORIES.get(name);
        if (known == null) {
            try {
                Pattern pattern = Pattern.compile("\\p{" + name + "}");
                // Of characters of one type all are in it or none: so Java's engine need be asked but once for each
                // type.
                Map<Integer, Boolean> types = new HashMap<>();
                known = CodePoints.matching(each -> types.computeIfAbsent(
                        Character.getType(each),
                        type -> pattern.matcher(Character.toString(each)).matches()));
            } catch (PatternSyntaxException e) {
                return null;
            }
            CATEGORIES.put(name, known);
        }
        return known;
    }
}
