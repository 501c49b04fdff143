package io.github.tandem4j.onnx.jinja;

import java.util.Collection;
import java.util.Map;

/** Writes JSON as Python's {@code json.dumps(value, ensure_ascii=False)} does, which models were trained on. */
final class JinjaJson {
    private final JinjaScope scope;
    private final int indent;
    private final StringBuilder out = new StringBuilder();

    private JinjaJson(JinjaScope scope, int indent) {
        this.scope = scope;
        this.indent = indent;
    }

    /** @param indent spaces a level; less than 0 for one line */
    static String write(JinjaScope scope, Object value, int indent) {
        JinjaJson json = new JinjaJson(scope, indent);
        json.append(value, 1);
        return json.out.toString();
    }

    private void append(Object value, int level) {
        scope.charge(1);
        if (value instanceof String text) {
            string(text);
        } else if (value instanceof Boolean || value == JinjaValues.NONE) {
            out.append(value == JinjaValues.NONE ? "null" : value.toString());
        } else if (value instanceof Number number) {
            out.append(JinjaNumbers.json(number));
        } else if (value instanceof Map<?, ?> map) {
            String before = "{";
            for (Map.Entry<?, ?> each : map.entrySet()) {
                out.append(before);
                line(level);
                string(String.valueOf(each.getKey()));
                out.append(": ");
                append(JinjaValues.orNone(each.getValue()), level + 1);
                before = indent < 0 ? ", " : ",";
            }
            close(map.isEmpty(), '{', '}', level);
        } else if (value instanceof Collection<?> list) {
            String before = "[";
            for (Object each : list) {
                out.append(before);
                line(level);
                append(JinjaValues.orNone(each), level + 1);
                before = indent < 0 ? ", " : ",";
            }
            close(list.isEmpty(), '[', ']', level);
        } else {
            throw new JinjaException("template writes " + JinjaValues.describe(value) + " as JSON");
        }
    }

    private void close(boolean empty, char open, char close, int level) {
        if (empty) {
            out.append(open);
        } else {
            line(level - 1);
        }
        out.append(close);
    }

    private void line(int level) {
        if (indent >= 0) {
            scope.charge((long) indent * level);
            out.append('\n').append(" ".repeat(indent * level));
        }
    }

    private void string(String text) {
        scope.charge(text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> out.append(c < 0x20 ? "\\u%04x".formatted((int) c) : String.valueOf(c));
            }
        }
        out.append('"');
    }
}
