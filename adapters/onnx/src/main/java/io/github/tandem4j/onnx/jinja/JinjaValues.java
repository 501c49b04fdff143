package io.github.tandem4j.onnx.jinja;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of a template and what Python does with them: strings, longs, doubles, booleans, lists, maps with string
 * keys, functions, {@link #NONE} and {@link #UNDEFINED}.
 */
final class JinjaValues {
    /** Python's {@code None}. */
    static final Object NONE = new Object() {
        @Override
        public String toString() {
            return "None";
        }
    };

    /** A name or a key that is not there; prints as nothing. */
    static final Object UNDEFINED = new Object() {
        @Override
        public String toString() {
            return "";
        }
    };

    /** What a template can call. */
    interface Function {
        Object call(JinjaScope scope, List<Object> arguments, Map<String, Object> named);
    }

    /** The one kind of value that a template can change. */
    static final class Namespace {
        private final Map<String, Object> values;

        Namespace(Map<String, Object> values) {
            this.values = new HashMap<>(values);
        }

        Map<String, Object> values() {
            return values;
        }
    }

    private static final int LONGEST_TEXT = 10_000_000;

    private JinjaValues() {}

    static Object orNone(@Nullable Object value) {
        return value == null ? NONE : value instanceof Integer number ? Long.valueOf(number) : value;
    }

    static boolean truth(Object value) {
        if (value instanceof Boolean flag) {
            return flag;
        }
        if (value instanceof String text) {
            return !text.isEmpty();
        }
        if (value instanceof Number number) {
            return number.doubleValue() != 0;
        }
        if (value instanceof Collection<?> list) {
            return !list.isEmpty();
        }
        if (value instanceof Map<?, ?> map) {
            return !map.isEmpty();
        }
        return value != NONE && value != UNDEFINED;
    }

    /** As {@code str()} does. */
    static String text(Object value) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Boolean flag) {
            return flag ? "True" : "False";
        }
        if (value instanceof Double number) {
            return JinjaNumbers.text(number);
        }
        if (value instanceof Collection<?> || value instanceof Map<?, ?>) {
            StringBuilder text = new StringBuilder();
            repr(value, text);
            return text.toString();
        }
        if (value instanceof Function) {
            return "<function>";
        }
        return value.toString();
    }

    private static void repr(Object value, StringBuilder into) {
        if (into.length() > LONGEST_TEXT) {
            throw new JinjaException("template makes a text of more than " + LONGEST_TEXT + " characters");
        }
        if (value instanceof String text) {
            char quote = text.contains("'") && !text.contains("\"") ? '"' : '\'';
            into.append(quote);
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                switch (c) {
                    case '\n' -> into.append("\\n");
                    case '\r' -> into.append("\\r");
                    case '\t' -> into.append("\\t");
                    case '\\' -> into.append("\\\\");
                    default -> into.append(c == quote ? "\\" + c : String.valueOf(c));
                }
            }
            into.append(quote);
        } else if (value instanceof Collection<?> list) {
            String before = "[";
            for (Object each : list) {
                into.append(before);
                repr(orNone(each), into);
                before = ", ";
            }
            into.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof Map<?, ?> map) {
            String before = "{";
            for (Map.Entry<?, ?> each : map.entrySet()) {
                into.append(before);
                repr(orNone(each.getKey()), into);
                into.append(": ");
                repr(orNone(each.getValue()), into);
                before = ", ";
            }
            into.append(map.isEmpty() ? "{}" : "}");
        } else {
            into.append(text(value));
        }
    }

    static long integer(Object value) {
        if (value instanceof Long number) {
            return number;
        }
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        throw new JinjaException("template has " + describe(value) + " where an integer should be");
    }

    static double number(Object value) {
        return value instanceof Double number ? number : integer(value);
    }

    static String string(Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new JinjaException("template has " + describe(value) + " where a string should be");
    }

    /** The elements: of a list, of a map its keys, of a string its characters. */
    static List<Object> elements(Object value) {
        if (value instanceof Collection<?> list) {
            return list.stream().map(JinjaValues::orNone).toList();
        }
        if (value instanceof Map<?, ?> map) {
            return List.copyOf(map.keySet());
        }
        if (value instanceof String text) {
            return text.codePoints().<Object>mapToObj(Character::toString).toList();
        }
        if (value == UNDEFINED) {
            return List.of();
        }
        throw new JinjaException(
                "template goes through " + describe(value) + "; a list, map or string should be there");
    }

    static long length(Object value) {
        if (value instanceof String text) {
            return text.codePointCount(0, text.length());
        }
        return elements(value).size();
    }

    /** Deep, and charged for every element: lists that share lists have more paths than elements. */
    static boolean equal(JinjaScope scope, Object left, Object right) {
        scope.charge(1);
        if (left instanceof Number && right instanceof Number) {
            return number(left) == number(right);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            boolean same = a.size() == b.size();
            for (int i = 0; same && i < a.size(); i++) {
                same = equal(scope, orNone(a.get(i)), orNone(b.get(i)));
            }
            return same;
        }
        if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
            return a.keySet().equals(b.keySet())
                    && a.keySet().stream().allMatch(key -> equal(scope, orNone(a.get(key)), orNone(b.get(key))));
        }
        return left.equals(right);
    }

    static int compare(Object left, Object right) {
        if (left instanceof String a && right instanceof String b) {
            return a.compareTo(b);
        }
        return Double.compare(number(left), number(right));
    }

    static boolean contains(JinjaScope scope, Object container, Object element) {
        if (container instanceof String text) {
            return text.contains(string(element));
        }
        if (container instanceof Namespace namespace) {
            return namespace.values().containsKey(element);
        }
        return elements(container).stream().anyMatch(each -> equal(scope, each, element));
    }

    static Object add(JinjaScope scope, Object left, Object right) {
        if (left instanceof String a && right instanceof String b) {
            scope.charge((long) a.length() + b.length());
            return a + b;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            scope.charge((long) a.size() + b.size());
            List<Object> both = new java.util.ArrayList<>(a);
            both.addAll(b);
            return both;
        }
        if (left instanceof Double || right instanceof Double) {
            return number(left) + number(right);
        }
        if (left instanceof String || right instanceof String) {
            throw new JinjaException("template adds " + describe(left) + " and " + describe(right));
        }
        return integer(left) + integer(right);
    }

    /** What follows a dot or stands in brackets. */
    static Object item(Object owner, Object key) {
        if (owner instanceof Map<?, ?> map) {
            return map.containsKey(key) ? orNone(map.get(key)) : UNDEFINED;
        }
        if (owner instanceof Namespace namespace) {
            return namespace.values().containsKey(key)
                    ? orNone(namespace.values().get(key))
                    : UNDEFINED;
        }
        if (key instanceof Long index && (owner instanceof List<?> || owner instanceof String)) {
            List<Object> elements = elements(owner);
            long at = index < 0 ? index + elements.size() : index;
            return at >= 0 && at < elements.size() ? elements.get((int) at) : UNDEFINED;
        }
        if (owner == UNDEFINED) {
            throw new JinjaException("template reads " + text(key) + " of something undefined");
        }
        return UNDEFINED;
    }

    static String describe(Object value) {
        return value == UNDEFINED
                ? "something undefined"
                : value == NONE ? "None" : "a " + value.getClass().getSimpleName();
    }
}
