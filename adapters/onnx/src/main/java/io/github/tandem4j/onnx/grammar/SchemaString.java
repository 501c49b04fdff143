package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A string: of a length, of a pattern or of a format. */
final class SchemaString {
    private static final int LONGEST = 10_000_000;

    private SchemaString() {}

    static Node node(ObjectNode schema, String at) {
        int least = SchemaKeywords.count(schema, "minLength", at, 0);
        int most = SchemaKeywords.count(schema, "maxLength", at, Node.UNBOUNDED);
        if (least > most) {
            throw SchemaRefusal.at(
                    at, "can't be met: minLength is " + least + " and maxLength is " + most, "the other way");
        }
        if (least > LONGEST) {
            throw SchemaRefusal.at(at, "has minLength " + least, "at most " + LONGEST);
        }
        JsonNode pattern = schema.get("pattern");
        JsonNode format = schema.get("format");
        if (pattern == null && format == null) {
            return JsonText.string(least, most);
        }
        if (pattern != null && format != null) {
            throw SchemaRefusal.at(at, "has both pattern and format, which are not enforced together", "one of them");
        }
        String keyword = pattern != null ? "pattern" : "format";
        Regex regex = pattern != null ? pattern(pattern, at) : format(format, at);
        if (regex.least() < least || (most != Node.UNBOUNDED && regex.most() > most)) {
            throw SchemaRefusal.at(
                    at,
                    "has lengths that its " + keyword + " does not keep by itself",
                    "a " + keyword + " without them, or one such as ^[a-z]{" + least + ","
                            + (most == Node.UNBOUNDED ? "" : most) + "}$");
        }
        return JsonText.quoted(regex.node());
    }

    private static Regex pattern(JsonNode pattern, String at) {
        if (!pattern.isTextual()) {
            throw SchemaRefusal.at(at, "has pattern " + SchemaRefusal.quoted(pattern), "a regular expression");
        }
        try {
            return Regex.within(pattern.textValue(), JsonText::inString);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("schema at " + at + "/pattern: " + e.getMessage(), e);
        }
    }

    private static Regex format(@Nullable JsonNode format, String at) {
        String name = format == null ? "" : format.asText();
        String regex = StringFormats.REGEXES.get(name);
        if (regex == null) {
            throw SchemaRefusal.at(
                    at,
                    "has the format " + name + ", which is not enforced",
                    String.join(", ", new TreeSet<>(StringFormats.REGEXES.keySet())));
        }
        return Regex.whole(regex, JsonText::inString);
    }
}
