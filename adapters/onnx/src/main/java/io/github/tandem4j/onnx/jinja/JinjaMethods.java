package io.github.tandem4j.onnx.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The methods of Python's strings and dictionaries that templates call; there are no others. */
final class JinjaMethods {
    private JinjaMethods() {}

    static Object call(JinjaScope scope, Object owner, String name, List<Object> arguments, Map<String, Object> named) {
        scope.charge(1);
        if (owner instanceof String text) {
            scope.charge(text.length());
            return onString(text, name, arguments);
        }
        if (owner instanceof Map<?, ?> map) {
            switch (name) {
                case "get" -> {
                    Object otherwise = arguments.size() > 1 ? arguments.get(1) : JinjaValues.NONE;
                    return map.containsKey(first(name, arguments))
                            ? JinjaValues.orNone(map.get(arguments.get(0)))
                            : otherwise;
                }
                case "items" -> {
                    return items(map);
                }
                case "keys" -> {
                    return new ArrayList<>(map.keySet());
                }
                case "values" -> {
                    return map.values().stream().map(JinjaValues::orNone).toList();
                }
                default -> {
                    if (map.get(name) instanceof JinjaValues.Function function) {
                        return function.call(scope, arguments, named);
                    }
                }
            }
        }
        throw new JinjaException("template calls " + name + "() on " + JinjaValues.describe(owner));
    }

    static List<Object> items(Map<?, ?> map) {
        List<Object> items = new ArrayList<>();
        map.forEach((key, value) -> items.add(List.of(key, JinjaValues.orNone(value))));
        return items;
    }

    private static Object onString(String text, String name, List<Object> arguments) {
        return switch (name) {
            case "strip" -> strip(text, arguments, true, true);
            case "lstrip" -> strip(text, arguments, true, false);
            case "rstrip" -> strip(text, arguments, false, true);
            case "startswith" -> anyOf(first(name, arguments)).stream().anyMatch(text::startsWith);
            case "endswith" -> anyOf(first(name, arguments)).stream().anyMatch(text::endsWith);
            case "upper" -> text.toUpperCase(java.util.Locale.ROOT);
            case "lower" -> text.toLowerCase(java.util.Locale.ROOT);
            case "capitalize" -> JinjaFilters.capitalize(text);
            case "title" -> JinjaFilters.title(text);
            case "replace" -> replace(text, JinjaValues.string(first(name, arguments)), second(name, arguments));
            case "split" -> split(text, arguments);
            case "find" -> (long) text.indexOf(JinjaValues.string(first(name, arguments)));
            case "join" ->
                String.join(
                        text,
                        JinjaValues.elements(first(name, arguments)).stream()
                                .map(JinjaValues::string)
                                .toList());
            default -> throw new JinjaException("template calls " + name + "() on a string");
        };
    }

    static String replace(String text, String from, String to) {
        // The longest result, when every character is replaced, must not be too much for the heap.
        if ((long) (text.length() + 1) * (to.length() + 1) > 50_000_000) {
            throw new JinjaException("template makes a string that is too long");
        }
        return text.replace(from, to);
    }

    private static List<String> anyOf(Object prefixes) {
        return prefixes instanceof List<?> list
                ? list.stream().map(JinjaValues::string).toList()
                : List.of(JinjaValues.string(prefixes));
    }

    private static List<Object> split(String text, List<Object> arguments) {
        List<Object> parts = new ArrayList<>();
        if (arguments.isEmpty() || arguments.get(0) == JinjaValues.NONE) {
            for (String part : text.strip().split("\\s+")) {
                if (!part.isEmpty()) {
                    parts.add(part);
                }
            }
            return parts;
        }
        String separator = JinjaValues.string(arguments.get(0));
        if (separator.isEmpty()) {
            throw new JinjaException("template splits at an empty separator");
        }
        long most = arguments.size() > 1 ? JinjaValues.integer(arguments.get(1)) : -1;
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0 && most != parts.size(); at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    static String strip(String text, List<Object> arguments, boolean leading, boolean trailing) {
        String set = arguments.isEmpty() || arguments.get(0) == JinjaValues.NONE
                ? null
                : JinjaValues.string(arguments.get(0));
        int start = 0;
        int end = text.length();
        while (leading && start < end && isIn(set, text.charAt(start))) {
            start++;
        }
        while (trailing && end > start && isIn(set, text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private static boolean isIn(@Nullable String set, char c) {
        return set == null ? Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85 : set.indexOf(c) >= 0;
    }

    private static Object first(String name, List<Object> arguments) {
        if (arguments.isEmpty()) {
            throw new JinjaException("template calls " + name + "() without an argument");
        }
        return arguments.get(0);
    }

    private static String second(String name, List<Object> arguments) {
        if (arguments.size() < 2) {
            throw new JinjaException("template calls " + name + "() with one argument; two are needed");
        }
        return JinjaValues.string(arguments.get(1));
    }
}
