package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** An array: its first items each by its own schema, all others by one. */
final class SchemaArray {
    private final SchemaCompiler compiler;
    private final ObjectNode schema;
    private final String at;

    SchemaArray(SchemaCompiler compiler, ObjectNode schema, String at) {
        this.compiler = compiler;
        this.schema = schema;
        this.at = at;
    }

    Node node() {
        int least = SchemaKeywords.count(schema, "minItems", at, 0);
        int most = SchemaKeywords.count(schema, "maxItems", at, Node.UNBOUNDED);
        if (least > most) {
            throw SchemaRefusal.at(
                    at, "can't be met: minItems is " + least + " and maxItems is " + most, "the other way");
        }
        List<Node> first = prefix();
        Node rest = rest();
        Node comma = Node.sequence(Node.text(","), JsonText.SPACE);
        Node close = Node.sequence(JsonText.SPACE, Node.text("]"));
        int others = most == Node.UNBOUNDED ? Node.UNBOUNDED : Math.max(0, most - Math.max(1, first.size()));
        Node after = Node.sequence(
                Node.repeat(Node.sequence(comma, rest), Math.max(0, least - Math.max(1, first.size())), others), close);
        for (int written = Math.min(first.size(), most) - 1; written > 0; written--) {
            Node.Rule rule = new Node.Rule();
            Node more = Node.sequence(comma, first.get(written), after);
            rule.is(written >= least ? Node.choice(more, close) : more);
            after = rule;
        }
        List<Node> options = new ArrayList<>();
        if (most > 0) {
            options.add(Node.sequence(JsonText.SPACE, first.isEmpty() ? rest : first.get(0), after));
        }
        if (least == 0) {
            options.add(close);
        }
        return Node.sequence(Node.text("["), Node.choice(options));
    }

    private List<Node> prefix() {
        JsonNode list = schema.path("prefixItems");
        if (!list.isMissingNode() && !list.isArray()) {
            throw SchemaRefusal.at(at, "has prefixItems " + SchemaRefusal.quoted(list), "a list of schemas");
        }
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            nodes.add(compiler.compile(list.get(i), at + "/prefixItems/" + i));
        }
        return nodes;
    }

    private Node rest() {
        JsonNode items = schema.get("items");
        if (items == null) {
            return JsonText.ANY;
        }
        if (items.isArray()) {
            throw SchemaRefusal.at(at, "has a list of items", "prefixItems for the first, and items for the others");
        }
        return compiler.compile(items, at + "/items");
    }
}
