package io.github.tandem4j.onnx.grammar;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What an answer must be, enforced while it is decoded: a token that would lead away from it is never chosen, whatever
 * the model thinks of it.
 *
 * <pre>{@code
 * OutputConstraint mood = OutputConstraint.choice(List.of("good", "bad"));
 * model.generate(prompt, Decoding.greedy().constrainedTo(mood)).text();
 * }</pre>
 *
 * <p>An answer that is cut by its longest completion may be a part only; where the completion is long enough, its end is
 * steered to, and the finish reason is still {@code LENGTH}, since the limit had a say in what the answer is.
 *
 * <p>Immutable and thread-safe. Making one takes milliseconds, so make it once; a model remembers what it found out for
 * the one that it is given again.
 */
public final class OutputConstraint {
    private static final int MOST_CHOICES = 100_000;
    private static final int LONGEST_SCHEMA = 8 << 20;
    private static final int DEEPEST_SCHEMA = 500;
    private static final int LONGEST_MISSING = 1000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    static {
        JSON.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEEPEST_SCHEMA)
                        .build());
    }

    private final Grammar grammar;
    private final String description;

    private OutputConstraint(Grammar grammar, String description) {
        this.grammar = grammar;
        this.description = description;
    }

    /**
     * JSON that a schema (draft 2020-12 or 7) holds valid.
     *
     * <p>Enforced: {@code type} (also a list), {@code enum}, {@code const}, {@code nullable}; {@code properties},
     * {@code required}, {@code additionalProperties}; {@code items}, {@code prefixItems}, {@code minItems},
     * {@code maxItems}; {@code minLength}, {@code maxLength}, {@code pattern} and the common {@code format}s;
     * {@code minimum}, {@code maximum} and the exclusive ones; {@code anyOf}, {@code oneOf} whose branches exclude each
     * other, {@code allOf}; {@code $ref} within the schema, also to itself. Annotations such as {@code description} are
     * passed over, and every other keyword is refused.
     *
     * <p>Of all valid texts a part is made, so that a model comes to an end: properties in the schema's order, and others
     * only where {@code additionalProperties} says so itself; numbers of at most 18 digits, those with a fraction of at
     * most 15 on each side; whitespace only where one usually sees it, and little of it; an untyped value nests at most
     * {@value JsonText#DEEPEST} levels deep.
     *
     * @param schema an object, or true
     * @return the constraint
     * @throws IllegalArgumentException if the schema is wrong, asks for what is not supported, can't be met, recurses
     *     without end or is too large; it names the place as a JSON pointer
     */
    public static OutputConstraint jsonSchema(JsonNode schema) {
        requireNonNull(schema, "schema");
        SchemaCompiler compiler = new SchemaCompiler(schema);
        Grammar grammar = checked(compiler.compile(), "schema");
        if (!grammar.hasText()) {
            throw SchemaRefusal.at(compiler.firstWithoutText(grammar), "can't be met", "one that some value meets");
        }
        return new OutputConstraint(grammar, "a JSON schema");
    }

    /**
     * The same of a schema that is still a text.
     *
     * @param schema in JSON
     * @return the constraint
     * @throws IllegalArgumentException also if the text is no JSON
     */
    public static OutputConstraint jsonSchema(String schema) {
        if (schema.length() > LONGEST_SCHEMA) {
            throw new IllegalArgumentException(
                    "schema has " + schema.length() + " characters; valid: at most " + LONGEST_SCHEMA);
        }
        try {
            return jsonSchema(JSON.readTree(schema));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("schema is no JSON: " + e.getOriginalMessage() + position(e), e);
        }
    }

    /** {@return any JSON object, nested at most {@value JsonText#DEEPEST} levels deep} */
    public static OutputConstraint jsonObject() {
        return JsonObjects.ANY;
    }

    /**
     * One of some texts, as it is.
     *
     * @param choices one or more, none of them empty
     * @return the constraint
     */
    public static OutputConstraint choice(List<String> choices) {
        if (choices.isEmpty() || choices.size() > MOST_CHOICES) {
            throw new IllegalArgumentException("there are " + choices.size() + " choices; valid: 1 to " + MOST_CHOICES);
        }
        for (int i = 0; i < choices.size(); i++) {
            String choice = choices.get(i);
            if (choice.isEmpty() || !StandardCharsets.UTF_8.newEncoder().canEncode(choice)) {
                throw new IllegalArgumentException("choice " + (i + 1) + " of " + choices.size() + " is "
                        + (choice.isEmpty() ? "empty" : "no text: it has half a surrogate pair")
                        + "; valid: one character or more");
            }
        }
        return new OutputConstraint(checked(Texts.oneOf(choices), "choices"), "a choice among " + choices.size());
    }

    /**
     * A text that a regular expression matches as a whole.
     *
     * <p>The part of the syntax that Java and JavaScript share and that a finite machine can follow: characters and
     * escapes, classes with ranges and negations, {@code .}, {@code \d \w \s}, {@code \p{L}} and its like, groups,
     * {@code |}, {@code * + ?} and {@code {n,m}}. Refused: look-around, references back, word borders, flags, possessive
     * quantifiers and anchors other than around the whole.
     *
     * @param regex the expression
     * @return the constraint
     * @throws IllegalArgumentException if it is wrong or not supported; it names the index
     */
    public static OutputConstraint regex(String regex) {
        Regex read = Regex.whole(regex, CodePoints::asUtf8);
        return new OutputConstraint(checked(read.node(), "regular expression " + regex), "a regular expression");
    }

    /**
     * Any text, which may be empty, in which another one does not occur.
     *
     * @param missing 1 to 1,000 characters
     * @return the constraint
     * @throws IllegalArgumentException if there are none, or more
     */
    public static OutputConstraint textWithout(String missing) {
        if (missing.isEmpty() || missing.length() > LONGEST_MISSING) {
            throw new IllegalArgumentException("missing text has " + missing.length()
                    + " characters; valid: one or more, at most " + LONGEST_MISSING);
        }
        return of(Texts.without(missing), "a text without " + missing);
    }

    /**
     * This and then another, with nothing between them.
     *
     * @param next what comes then
     * @return the constraint
     */
    public OutputConstraint then(OutputConstraint next) {
        return of(Node.sequence(grammar.root(), next.grammar.root()), this + ", then " + next);
    }

    /**
     * This or another.
     *
     * @param other what may be instead
     * @return the constraint
     */
    public OutputConstraint or(OutputConstraint other) {
        return of(Node.choice(grammar.root(), other.grammar.root()), this + " or " + other);
    }

    /**
     * This again and again, with nothing between.
     *
     * @param least how often at least, 0 or more
     * @param most how often at most, 1 or more and not less than that
     * @return the constraint
     * @throws IllegalArgumentException if the numbers are out of range, or this may be empty
     */
    public OutputConstraint repeated(int least, int most) {
        if (least < 0 || most < 1 || least > most) {
            throw new IllegalArgumentException(
                    "repeated " + least + " to " + most + " times; valid: 0 or more to 1 or more");
        }
        if (grammar.shortest(grammar.root()) == 0) {
            throw new IllegalArgumentException("what may be empty cannot be repeated; valid: " + this + " that is not");
        }
        return of(Node.repeat(grammar.root(), least, most), this + ", " + least + " to " + most + " times");
    }

    static OutputConstraint of(Node root, String description) {
        return new OutputConstraint(Grammar.of(root), description);
    }

    private static Grammar checked(Node root, String what) {
        try {
            return Grammar.of(root);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(what + " cannot be kept to: " + e.getMessage(), e);
        }
    }

    private static String position(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }

    Grammar grammar() {
        return grammar;
    }

    /** {@return of which kind it is} */
    @Override
    public String toString() {
        return description;
    }

    /** Made when it is first asked for. */
    private static final class JsonObjects {
        static final OutputConstraint ANY = of(JsonText.object(), "a JSON object");
    }
}
