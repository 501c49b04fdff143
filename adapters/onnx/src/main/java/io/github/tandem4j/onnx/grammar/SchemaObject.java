package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An object: its properties in the order of the schema, each with its name if it is not required left out or not. */
final class SchemaObject {
    private static final int MOST_PROPERTIES = 2000;
    private static final int LONGEST_NAME = 1000;

    private final SchemaCompiler compiler;
    private final ObjectNode schema;
    private final String at;
    private final Map<String, Node> members = new LinkedHashMap<>();
    private final Set<String> required = new LinkedHashSet<>();

    SchemaObject(SchemaCompiler compiler, ObjectNode schema, String at) {
        this.compiler = compiler;
        this.schema = schema;
        this.at = at;
    }

    Node node() {
        readRequired();
        readProperties();
        if (members.size() > MOST_PROPERTIES) {
            throw SchemaRefusal.at(at, "has " + members.size() + " properties", "at most " + MOST_PROPERTIES);
        }
        for (String name : members.keySet()) {
            if (name.length() > LONGEST_NAME) {
                throw SchemaRefusal.at(
                        at,
                        "has a name of " + name.length() + " characters",
                        "names of at most " + LONGEST_NAME + " characters");
            }
        }
        boolean isOpen = schema.has("additionalProperties") && !isFalse(schema.get("additionalProperties"));
        checkCounts(isOpen);
        Node extra = isOpen ? member(JsonText.quoted(otherThan(members.keySet())), additional()) : Node.NEVER;
        Node more = Node.repeat(Node.sequence(Node.text(","), JsonText.SPACE, extra), 0, Node.UNBOUNDED);
        Node close = Node.sequence(JsonText.SPACE, Node.text("}"));
        // What follows when a member was written, and when none was; from the last to the first.
        Node after = isOpen ? Node.sequence(more, close) : close;
        Node first = isOpen ? Node.choice(close, Node.sequence(JsonText.SPACE, extra, more, close)) : close;
        List<Map.Entry<String, Node>> all = new ArrayList<>(members.entrySet());
        for (int i = all.size() - 1; i >= 0; i--) {
            Node member = member(all.get(i).getKey(), all.get(i).getValue());
            boolean isOptional = !required.contains(all.get(i).getKey());
            Node nextFirst = Node.sequence(JsonText.SPACE, member, after);
            first = rule(nextFirst, isOptional, first);
            after = rule(Node.sequence(Node.text(","), JsonText.SPACE, member, after), isOptional, after);
        }
        return Node.sequence(Node.text("{"), first);
    }

    private static Node rule(Node with, boolean isOptional, Node without) {
        Node.Rule rule = new Node.Rule();
        rule.is(isOptional ? Node.choice(with, without) : with);
        return rule;
    }

    private static Node member(String name, Node value) {
        return Node.sequence(JsonText.key(name), value);
    }

    private static Node member(Node key, Node value) {
        return Node.sequence(key, Node.text(":"), JsonText.AFTER_COLON, value);
    }

    private void readRequired() {
        JsonNode list = schema.path("required");
        if (!list.isMissingNode() && !list.isArray()) {
            throw SchemaRefusal.at(at, "has required " + SchemaRefusal.quoted(list), "a list of names");
        }
        for (JsonNode name : list) {
            if (!name.isTextual()) {
                throw SchemaRefusal.at(at, "has required " + SchemaRefusal.quoted(list), "a list of names");
            }
            required.add(name.textValue());
        }
    }

    private void readProperties() {
        JsonNode properties = schema.path("properties");
        if (!properties.isMissingNode() && !properties.isObject()) {
            throw SchemaRefusal.at(at, "has properties " + SchemaRefusal.quoted(properties), "schemas by name");
        }
        for (Map.Entry<String, JsonNode> each : properties.properties()) {
            members.put(each.getKey(), compiler.compile(each.getValue(), at + "/properties/" + escaped(each.getKey())));
        }
        for (String name : required) {
            if (!members.containsKey(name)) {
                members.put(name, schema.has("additionalProperties") ? additional() : JsonText.ANY);
            }
        }
    }

    private Node additional() {
        return compiler.compile(schema.get("additionalProperties"), at + "/additionalProperties");
    }

    /** Counts are not kept, so only those are taken that hold whatever is written. */
    private void checkCounts(boolean isOpen) {
        int least = SchemaKeywords.count(schema, "minProperties", at, 0);
        int most = SchemaKeywords.count(schema, "maxProperties", at, Node.UNBOUNDED);
        if (least > required.size()) {
            throw SchemaRefusal.at(
                    at, "has minProperties " + least + ", which is not enforced", "as many required properties");
        }
        if (most != Node.UNBOUNDED && (isOpen || most < members.size())) {
            throw SchemaRefusal.at(
                    at,
                    "has maxProperties " + most + ", which is not enforced",
                    "at most as many properties, and no others");
        }
    }

    /** Any name but these, so that none comes twice as what it is not; without escapes, so that each is written in one way. */
    private static Node otherThan(Set<String> names) {
        List<int[]> taken = names.stream()
                .map(name -> written(name).codePoints().toArray())
                .sorted(Arrays::compare)
                .toList();
        return otherThan(taken, 0);
    }

    /** A name as it stands between quotes; one that needs escapes can't be met by a name without any. */
    private static String written(String name) {
        String quoted = JsonText.written(TextNode.valueOf(name));
        return quoted.substring(1, quoted.length() - 1);
    }

    private static Node otherThan(List<int[]> taken, int at) {
        CodePoints free = JsonText.PLAIN;
        List<Node> options = new ArrayList<>();
        boolean mayEnd = true;
        int from = 0;
        while (from < taken.size()) {
            if (taken.get(from).length == at) {
                mayEnd = false;
                from++;
                continue;
            }
            int character = taken.get(from)[at];
            int to = from;
            while (to < taken.size() && taken.get(to).length > at && taken.get(to)[at] == character) {
                to++;
            }
            CodePoints single = CodePoints.of(character).and(JsonText.PLAIN);
            free = free.minus(single);
            if (!single.isEmpty()) {
                options.add(Node.sequence(single.asUtf8(), otherThan(taken.subList(from, to), at + 1)));
            }
            from = to;
        }
        options.add(Node.sequence(free.asUtf8(), Node.repeat(JsonText.PLAIN.asUtf8(), 0, Node.UNBOUNDED)));
        if (mayEnd) {
            options.add(Node.EMPTY);
        }
        return Node.choice(options);
    }

    private static boolean isFalse(JsonNode schema) {
        return schema.isBoolean() && !schema.booleanValue();
    }

    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
