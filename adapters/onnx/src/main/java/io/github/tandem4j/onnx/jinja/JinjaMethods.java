package io.github.tandem4j.onnx.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's strings and dictionaries that templates call; there are no others. */
final class JinjaMethods {
    private JinjaMethods() {}

    static Object call(JinjaScope scope, Object owner, String name, List<Object> arguments, Map<String, Object> named) {
        scope.charge(1);
        if (owner instanceof String text) {
            scope.charge(text.length());
            Object result = onString(scope, text, name, arguments);
            scope.charge(result instanceof String made ? made.length() : 0);
            return result;
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

    private static Object onString(JinjaScope scope, String text, String name, List<Object> arguments) {
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
            case "replace" ->
                replace(
                        text,
                        JinjaValues.string(first(name, arguments)),
                        second(name, arguments),
                        arguments.size() > 2 ? JinjaValues.integer(arguments.get(2)) : -1);
            case "split" -> split(text, arguments);
            case "rsplit" -> splitFromEnd(text, arguments);
            case "splitlines" -> new ArrayList<Object>(text.lines().toList());
            case "find" -> place(text, text.indexOf(JinjaValues.string(first(name, arguments))));
            case "rfind" -> place(text, text.lastIndexOf(JinjaValues.string(first(name, arguments))));
            case "index" -> {
                long place = place(text, text.indexOf(JinjaValues.string(first(name, arguments))));
                if (place < 0) {
                    throw new JinjaException("template asks for the index of what is not in a string");
                }
                yield place;
            }
            case "count" -> count(text, JinjaValues.string(first(name, arguments)));
            case "removeprefix" -> {
                String prefix = JinjaValues.string(first(name, arguments));
                yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
            }
            case "removesuffix" -> {
                String suffix = JinjaValues.string(first(name, arguments));
                yield text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
            }
            case "isdigit" -> all(text, Character::isDigit);
            case "isalpha" -> all(text, Character::isLetter);
            case "isalnum" -> all(text, Character::isLetterOrDigit);
            case "isspace" ->
                !text.isEmpty() && strip(text, List.of(), true, true).isEmpty();
            case "isupper" -> isUpper(text);
            case "islower" -> isLower(text);
            case "join" -> {
                List<String> parts = JinjaValues.elements(first(name, arguments)).stream()
                        .map(JinjaValues::string)
                        .toList();
                parts.forEach(part -> scope.charge((long) part.length() + text.length()));
                yield String.join(text, parts);
            }
            default -> throw new JinjaException("template calls " + name + "() on a string");
        };
    }

    /** @param most how many are replaced, from the left; less than 0 for all */
    static String replace(String text, String from, String to, long most) {
        // The longest result, when every character is replaced, must not be too much for the heap.
        if ((text.length() + 1L) * (to.length() + 1L) > 50_000_000) {
            throw new JinjaException("template makes a string that is too long");
        }
        if (most < 0 || from.isEmpty()) {
            return text.replace(from, to);
        }
        StringBuilder replaced = new StringBuilder();
        int start = 0;
        long left = most;
        for (int at = text.indexOf(from); at >= 0 && left > 0; at = text.indexOf(from, start)) {
            replaced.append(text, start, at).append(to);
            start = at + from.length();
            left--;
        }
        return replaced.append(text, start, text.length()).toString();
    }

    /** Python counts characters, not halves of surrogate pairs. */
    private static long place(String text, int index) {
        return index < 0 ? -1 : text.codePointCount(0, index);
    }

    private static long count(String text, String part) {
        if (part.isEmpty()) {
            return text.codePointCount(0, text.length()) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    private static boolean all(String text, IntPredicate kind) {
        return !text.isEmpty() && text.codePoints().allMatch(kind);
    }

    static boolean isUpper(String text) {
        return text.codePoints().anyMatch(Character::isUpperCase)
                && text.codePoints().noneMatch(Character::isLowerCase);
    }

    static boolean isLower(String text) {
        return text.codePoints().anyMatch(Character::isLowerCase)
                && text.codePoints().noneMatch(Character::isUpperCase);
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

    private static List<Object> splitFromEnd(String text, List<Object> arguments) {
        if (arguments.size() < 2) {
            return split(text, arguments);
        }
        String separator = JinjaValues.string(arguments.get(0));
        if (separator.isEmpty()) {
            throw new JinjaException("template splits at an empty separator");
        }
        long most = JinjaValues.integer(arguments.get(1));
        List<Object> parts = new ArrayList<>();
        int end = text.length();
        for (int at = text.lastIndexOf(separator);
                at >= 0 && most != parts.size();
                at = end < separator.length() ? -1 : text.lastIndexOf(separator, end - separator.length())) {
            parts.add(text.substring(at + separator.length(), end));
            end = at;
        }
        parts.add(text.substring(0, end));
        Collections.reverse(parts);
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
