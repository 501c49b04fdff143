package io.github.tandem4j.onnx.jinja;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes JSON as Python's {@code json.dumps(value, ensure_ascii=False)} does, which models were trained on. */
final class JinjaJson {
    private final JinjaScope scope;
    private final int indent;
    private final boolean sorted;
    private final String item;
    private final String colon;
    private final StringBuilder out = new StringBuilder();

    private JinjaJson(JinjaScope scope, int indent, boolean sorted, String item, String colon) {
        this.scope = scope;
        this.indent = indent;
        this.sorted = sorted;
        this.item = item;
        this.colon = colon;
    }

    /** With the arguments that {@code tojson} takes: {@code indent}, {@code separators}, {@code sort_keys}. */
    static String write(JinjaScope scope, Object value, List<Object> arguments, Map<String, Object> named) {
        if (arguments.size() > 1) {
            throw new JinjaException("template gives tojson more than one argument without a name");
        }
        Object indent = named.getOrDefault("indent", arguments.isEmpty() ? JinjaValues.NONE : arguments.get(0));
        int spaces = indent == JinjaValues.NONE ? -1 : (int) Math.max(0, Math.min(16, JinjaValues.integer(indent)));
        Object separators = named.getOrDefault("separators", JinjaValues.NONE);
        String item = spaces < 0 ? ", " : ",";
        String colon = ": ";
        if (separators != JinjaValues.NONE) {
            List<Object> both = JinjaValues.elements(separators);
            if (both.size() != 2) {
                throw new JinjaException("template gives tojson " + both.size() + " separators; two are needed");
            }
            item = JinjaValues.string(both.get(0));
            colon = JinjaValues.string(both.get(1));
        }
        boolean sorted = JinjaValues.truth(named.getOrDefault("sort_keys", false));
        JinjaJson json = new JinjaJson(scope, spaces, sorted, item, colon);
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
            for (Map.Entry<?, ?> each : sorted ? byKey(map).entrySet() : map.entrySet()) {
                scope.charge(item.length() + colon.length());
                out.append(before);
                line(level);
                string(String.valueOf(each.getKey()));
                out.append(colon);
                append(JinjaValues.orNone(each.getValue()), level + 1);
                before = item;
            }
            close(map.isEmpty(), '{', '}', level);
        } else if (value instanceof Collection<?> list) {
            String before = "[";
            for (Object each : list) {
                scope.charge(item.length());
                out.append(before);
                line(level);
                append(JinjaValues.orNone(each), level + 1);
                before = item;
            }
            close(list.isEmpty(), '[', ']', level);
        } else {
            throw new JinjaException("template writes " + JinjaValues.describe(value) + " as JSON");
        }
    }

    private static Map<String, Object> byKey(Map<?, ?> map) {
        Map<String, Object> sorted = new TreeMap<>();
        map.forEach((key, value) -> sorted.put(String.valueOf(key), JinjaValues.orNone(value)));
        return sorted;
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
