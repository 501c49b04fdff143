package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Grammars of JSON as a model may write it. */
final class JsonText {
    /** How deep an untyped value nests: more than anybody writes, and less than any parser refuses. */
    static final int DEEPEST = 16;

    private static final int DEEPEST_INDENTATION = 24;
    private static final int MOST_FRACTION_DIGITS = 15;

    private static final Pattern HALF_PAIR = Pattern.compile("\\p{Cs}");
    private static final CodePoints ESCAPED = CodePoints.of(0, 0x1F).or(CodePoints.of("\"\\"));
    private static final String SHORT_ESCAPES = "\"\\\b\f\n\r\t";
    private static final String SHORT_LETTERS = "\"\\bfnrt";

    /**
     * Whitespace between the parts of objects and arrays: none, a space, or a new line with its indentation. More would be
     * JSON too, but a model that may write whitespace without end sometimes does.
     */
    static final Node SPACE = shared(Node.optional(Node.choice(
            Node.text(" "), Node.sequence(Node.text("\n"), Node.repeat(Node.text(" "), 0, DEEPEST_INDENTATION)))));

    static final Node AFTER_COLON = Node.optional(Node.text(" "));

    /** Any character, the escapes that a model may use instead among them. */
    static final Node CHARACTER = shared(Node.choice(
            ESCAPED.not().asUtf8(),
            Node.sequence(
                    Node.text("\\"),
                    Node.choice(Texts.oneOf(List.of("\"", "\\", "/", "b", "f", "n", "r", "t")), unicode()))));

    /** A character without an escape, so that each text is written in one way. */
    static final CodePoints PLAIN = ESCAPED.not();

    static final Node STRING = shared(string(0, Node.UNBOUNDED));
    static final Node BOOLEAN = Texts.oneOf(List.of("true", "false"));
    static final Node NULL = Node.text("null");

    private static final Node DIGIT = Node.bytes('0', '9');
    private static final Node NATURAL = natural(17);

    static final Node INTEGER = shared(Node.sequence(Node.optional(Node.text("-")), NATURAL));

    static final Node NUMBER = shared(Node.sequence(
            Node.optional(Node.text("-")),
            natural(14),
            Node.optional(Node.sequence(Node.text("."), Node.repeat(DIGIT, 1, MOST_FRACTION_DIGITS))),
            Node.optional(Node.sequence(
                    Texts.oneOf(List.of("e", "E")),
                    Node.optional(Texts.oneOf(List.of("+", "-"))),
                    Node.repeat(DIGIT, 1, 2)))));

    /** Any value. */
    static final Node ANY = shared(value(DEEPEST));

    private JsonText() {}

    /** As a rule, so that a grammar that has it in many places looks it over once. */
    private static Node shared(Node body) {
        Node.Rule rule = new Node.Rule();
        rule.is(body);
        return rule;
    }

    private static Node natural(int digitsAfterFirst) {
        return Node.choice(
                Node.text("0"), Node.sequence(Node.bytes('1', '9'), Node.repeat(DIGIT, 0, digitsAfterFirst)));
    }

    /** Surrogates are left out: in UTF-8 a character beyond the basic plane is written as it is. */
    private static Node unicode() {
        Node hex = hex("0123456789abcdefABCDEF");
        return Node.sequence(
                Node.text("u"),
                Node.choice(
                        Node.sequence(hex("0123456789abcefABCEF"), hex, hex, hex),
                        Node.sequence(hex("dD"), hex("01234567"), hex, hex)));
    }

    private static Node hex(String digits) {
        return CodePoints.of(digits).asUtf8();
    }

    static Node string(int least, int most) {
        return quoted(Node.repeat(CHARACTER, least, most));
    }

    static Node quoted(Node inside) {
        return Node.sequence(Node.text("\""), inside, Node.text("\""));
    }

    /** One of these characters as it is written within a string. */
    static Node inString(CodePoints set) {
        List<Node> options = new ArrayList<>();
        CodePoints plain = set.and(PLAIN);
        if (!plain.isEmpty()) {
            options.add(plain.asUtf8());
        }
        for (CodePoints.Range range : set.and(ESCAPED).ranges()) {
            for (int each = range.from(); each <= range.to(); each++) {
                int known = SHORT_ESCAPES.indexOf(each);
                options.add(Node.text(known < 0 ? "\\u%04x".formatted(each) : "\\" + SHORT_LETTERS.charAt(known)));
            }
        }
        return Node.choice(options);
    }

    /** {@return a value in the one way of Jackson's that has no whitespace, characters as they are} */
    static String written(JsonNode value) {
        // Half a surrogate pair has no bytes in UTF-8.
        return HALF_PAIR
                .matcher(value.toString())
                .replaceAll(half -> "\\\\u%04x".formatted((int) half.group().charAt(0)));
    }

    static Node key(String name) {
        return Node.sequence(Node.text(written(TextNode.valueOf(name)) + ":"), AFTER_COLON);
    }

    /** A value of which objects and arrays nest at most so deep. */
    private static Node value(int depth) {
        List<Node> options = new ArrayList<>(List.of(STRING, NUMBER, BOOLEAN, NULL));
        if (depth > 0) {
            Node inner = shared(value(depth - 1));
            options.add(object(inner));
            options.add(list(inner));
        }
        return Node.choice(options);
    }

    /** {@return any object} */
    static Node object() {
        return object(shared(value(DEEPEST - 1)));
    }

    private static Node object(Node value) {
        Node member = Node.sequence(STRING, Node.text(":"), AFTER_COLON, value);
        return around('{', member, '}');
    }

    private static Node list(Node value) {
        return around('[', value, ']');
    }

    /** None or more of something, with commas between them. */
    private static Node around(char open, Node item, char close) {
        Node more = Node.repeat(Node.sequence(Node.text(","), SPACE, item), 0, Node.UNBOUNDED);
        return Node.sequence(
                Node.text(String.valueOf(open)),
                SPACE,
                Node.optional(Node.sequence(item, more, SPACE)),
                Node.text(String.valueOf(close)));
    }
}
