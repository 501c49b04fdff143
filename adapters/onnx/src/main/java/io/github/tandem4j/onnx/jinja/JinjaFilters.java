package io.github.tandem4j.onnx.jinja;

import static java.util.Map.entry;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The filters and tests that templates use, by name. */
final class JinjaFilters {
    /** {@code value | filter(arguments)}. */
    interface Filter {
        Object apply(JinjaScope scope, Object value, List<Object> arguments, Map<String, Object> named);
    }

    /** {@code value is test(arguments)}. */
    interface Test {
        boolean holds(JinjaScope scope, Object value, List<Object> arguments);
    }

    private static final Map<String, Filter> FILTERS = Map.ofEntries(
            entry("trim", (scope, value, args, named) -> JinjaMethods.strip(JinjaValues.text(value), args, true, true)),
            entry("tojson", (scope, value, args, named) -> JinjaJson.write(scope, value, args, named)),
            entry("length", (scope, value, args, named) -> JinjaValues.length(value)),
            entry("count", (scope, value, args, named) -> JinjaValues.length(value)),
            entry(
                    "upper",
                    (scope, value, args, named) -> JinjaValues.text(value).toUpperCase(Locale.ROOT)),
            entry(
                    "lower",
                    (scope, value, args, named) -> JinjaValues.text(value).toLowerCase(Locale.ROOT)),
            entry("capitalize", (scope, value, args, named) -> capitalize(JinjaValues.text(value))),
            entry("title", (scope, value, args, named) -> titleWords(JinjaValues.text(value))),
            entry("string", (scope, value, args, named) -> JinjaValues.text(value)),
            entry("safe", (scope, value, args, named) -> value),
            entry("list", (scope, value, args, named) -> new ArrayList<>(JinjaValues.elements(value))),
            entry(
                    "items",
                    (scope, value, args, named) ->
                            value instanceof Map<?, ?> map ? JinjaMethods.items(map) : List.of()),
            entry("first", (scope, value, args, named) -> end(JinjaValues.elements(value), true)),
            entry("last", (scope, value, args, named) -> end(JinjaValues.elements(value), false)),
            entry("join", (scope, value, args, named) -> join(scope, value, args)),
            entry("default", JinjaFilters::orDefault),
            entry("d", JinjaFilters::orDefault),
            entry("int", (scope, value, args, named) -> toInteger(value)),
            entry("float", (scope, value, args, named) -> toFloat(value)),
            entry(
                    "abs",
                    (scope, value, args, named) -> value instanceof Double number
                            ? (Object) Math.abs(number)
                            : (Object) Math.abs(JinjaValues.integer(value))),
            entry(
                    "replace",
                    (scope, value, args, named) ->
                            JinjaMethods.call(scope, JinjaValues.text(value), "replace", args, named)),
            entry(
                    "reverse",
                    (scope, value, args, named) ->
                            JinjaArithmetic.slice(scope, value, Optional.empty(), Optional.empty(), -1)),
            entry("sort", JinjaSorting::sort),
            entry("dictsort", (scope, value, args, named) -> JinjaSorting.dictionary(scope, value)),
            entry("sum", (scope, value, args, named) -> JinjaSorting.sum(scope, value)),
            entry("max", (scope, value, args, named) -> end(JinjaSorting.sorted(scope, value, false), false)),
            entry("min", (scope, value, args, named) -> end(JinjaSorting.sorted(scope, value, false), true)),
            entry("round", (scope, value, args, named) -> round(value, args)),
            entry("indent", JinjaFilters::indent),
            entry("e", (scope, value, args, named) -> escape(scope, JinjaValues.text(value))),
            entry("escape", (scope, value, args, named) -> escape(scope, JinjaValues.text(value))),
            entry("unique", (scope, value, args, named) -> unique(scope, value)),
            entry("map", JinjaFilters::map),
            entry("select", (scope, value, args, named) -> select(scope, value, args, 0, true)),
            entry("reject", (scope, value, args, named) -> select(scope, value, args, 0, false)),
            entry("selectattr", (scope, value, args, named) -> select(scope, value, args, 1, true)),
            entry("rejectattr", (scope, value, args, named) -> select(scope, value, args, 1, false)));

    private static final Map<String, Test> TESTS = Map.ofEntries(
            entry("defined", (scope, value, args) -> value != JinjaValues.UNDEFINED),
            entry("undefined", (scope, value, args) -> value == JinjaValues.UNDEFINED),
            entry("none", (scope, value, args) -> value == JinjaValues.NONE),
            entry("string", (scope, value, args) -> value instanceof String),
            entry("number", (scope, value, args) -> value instanceof Number || value instanceof Boolean),
            entry("integer", (scope, value, args) -> value instanceof Long),
            entry("float", (scope, value, args) -> value instanceof Double),
            entry("boolean", (scope, value, args) -> value instanceof Boolean),
            entry("true", (scope, value, args) -> Boolean.TRUE.equals(value)),
            entry("false", (scope, value, args) -> Boolean.FALSE.equals(value)),
            entry("mapping", (scope, value, args) -> value instanceof Map<?, ?>),
            entry(
                    "sequence",
                    (scope, value, args) ->
                            value instanceof Collection<?> || value instanceof String || value instanceof Map<?, ?>),
            entry(
                    "iterable",
                    (scope, value, args) ->
                            value instanceof Collection<?> || value instanceof String || value instanceof Map<?, ?>),
            entry("callable", (scope, value, args) -> value instanceof JinjaValues.Function),
            entry("odd", (scope, value, args) -> Math.floorMod(JinjaValues.integer(value), 2) == 1),
            entry("even", (scope, value, args) -> Math.floorMod(JinjaValues.integer(value), 2) == 0),
            entry(
                    "divisibleby",
                    (scope, value, args) -> JinjaValues.integer(JinjaArithmetic.of("%", value, args.get(0))) == 0),
            entry("equalto", (scope, value, args) -> JinjaValues.equal(scope, value, args.get(0))),
            entry("eq", (scope, value, args) -> JinjaValues.equal(scope, value, args.get(0))),
            entry("ne", (scope, value, args) -> !JinjaValues.equal(scope, value, args.get(0))),
            entry("lt", (scope, value, args) -> JinjaValues.compare(value, args.get(0)) < 0),
            entry("le", (scope, value, args) -> JinjaValues.compare(value, args.get(0)) <= 0),
            entry("gt", (scope, value, args) -> JinjaValues.compare(value, args.get(0)) > 0),
            entry("ge", (scope, value, args) -> JinjaValues.compare(value, args.get(0)) >= 0),
            entry("sameas", (scope, value, args) -> value.equals(args.get(0))),
            entry("upper", (scope, value, args) -> JinjaMethods.isUpper(JinjaValues.text(value))),
            entry("lower", (scope, value, args) -> JinjaMethods.isLower(JinjaValues.text(value))),
            entry("in", (scope, value, args) -> JinjaValues.contains(scope, args.get(0), value)));

    private JinjaFilters() {}

    static Filter named(String name, int line) {
        Filter filter = FILTERS.get(name);
        if (filter == null) {
            throw new JinjaException("template uses the unknown filter " + name + "; line " + line);
        }
        return (scope, value, arguments, named) -> {
            Object result = filter.apply(scope, value, arguments, named);
            if (result instanceof String text && result != value) {
                scope.charge(text.length());
            }
            return result;
        };
    }

    static Test test(String name, int line) {
        Test test = TESTS.get(name);
        if (test == null) {
            throw new JinjaException("template uses the unknown test " + name + "; line " + line);
        }
        return test;
    }

    static String capitalize(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT)
                        + text.substring(1).toLowerCase(Locale.ROOT);
    }

    private static Object round(Object value, List<Object> arguments) {
        long digits = arguments.isEmpty() ? 0 : JinjaValues.integer(arguments.get(0));
        double number = JinjaValues.number(value);
        if (Math.abs(digits) > 30 || !Double.isFinite(number)) {
            return number;
        }
        return new BigDecimal(number)
                .setScale((int) digits, RoundingMode.HALF_EVEN)
                .doubleValue();
    }

    private static Object indent(JinjaScope scope, Object value, List<Object> arguments, Map<String, Object> named) {
        Object width = named.getOrDefault("width", arguments.isEmpty() ? 4L : arguments.get(0));
        String padding = width instanceof String text
                ? text
                : " ".repeat((int) Math.max(0, Math.min(1000, JinjaValues.integer(width))));
        boolean first = JinjaValues.truth(named.getOrDefault("first", arguments.size() > 1 ? arguments.get(1) : false));
        boolean blank = JinjaValues.truth(named.getOrDefault("blank", arguments.size() > 2 ? arguments.get(2) : false));
        StringBuilder indented = new StringBuilder();
        String[] lines = JinjaValues.text(value).split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String before = (i > 0 || first) && (blank || !lines[i].isEmpty()) ? padding : "";
            scope.charge((long) before.length() + lines[i].length() + 1);
            indented.append(i > 0 ? "\n" : "").append(before).append(lines[i]);
        }
        return indented.toString();
    }

    private static String escape(JinjaScope scope, String text) {
        scope.charge(5L * text.length());
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    /** As the filter does; the method of strings begins a word behind every character that is no letter. */
    private static String titleWords(String text) {
        StringBuilder titled = new StringBuilder();
        boolean begins = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            titled.append(begins ? Character.toUpperCase(c) : Character.toLowerCase(c));
            begins = Character.isWhitespace(c) || "-({[<".indexOf(c) >= 0;
        }
        return titled.toString();
    }

    static String title(String text) {
        StringBuilder titled = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            titled.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inWord = Character.isLetter(c);
        }
        return titled.toString();
    }

    private static Object end(List<Object> elements, boolean first) {
        return elements.isEmpty() ? JinjaValues.UNDEFINED : elements.get(first ? 0 : elements.size() - 1);
    }

    private static List<Object> unique(JinjaScope scope, Object value) {
        List<Object> kept = new ArrayList<>();
        for (Object element : JinjaValues.elements(value)) {
            if (!JinjaValues.contains(scope, kept, element)) {
                kept.add(element);
            }
        }
        return kept;
    }

    private static String join(JinjaScope scope, Object value, List<Object> arguments) {
        String separator = arguments.isEmpty() ? "" : JinjaValues.text(arguments.get(0));
        StringBuilder joined = new StringBuilder();
        for (Object element : JinjaValues.elements(value)) {
            String next = (joined.length() == 0 ? "" : separator) + JinjaValues.text(element);
            scope.charge(next.length()); // and as a result once more, but that would be too late
            joined.append(next);
        }
        return joined.toString();
    }

    private static Object orDefault(JinjaScope scope, Object value, List<Object> arguments, Map<String, Object> named) {
        boolean falseToo = (arguments.size() > 1 && JinjaValues.truth(arguments.get(1)))
                || JinjaValues.truth(named.getOrDefault("boolean", false));
        Object otherwise = arguments.isEmpty() ? named.getOrDefault("default_value", "") : arguments.get(0);
        return value == JinjaValues.UNDEFINED || (falseToo && !JinjaValues.truth(value)) ? otherwise : value;
    }

    private static Object toFloat(Object value) {
        try {
            return value instanceof String text ? Double.parseDouble(text.strip()) : JinjaValues.number(value);
        } catch (NumberFormatException e) {
            return 0.0;
        }
    }

    private static Object toInteger(Object value) {
        try {
            return value instanceof String text ? Long.parseLong(text.strip()) : (long) JinjaValues.number(value);
        } catch (NumberFormatException e) {
            return 0L;
        }
    }

    private static Object map(JinjaScope scope, Object value, List<Object> arguments, Map<String, Object> named) {
        if (named.containsKey("attribute")) {
            Object attribute = Objects.requireNonNull(named.get("attribute"));
            return JinjaValues.elements(value).stream()
                    .map(each -> JinjaValues.item(each, attribute))
                    .toList();
        }
        if (arguments.isEmpty()) {
            throw new JinjaException("template maps by nothing; a filter's name or an attribute should be there");
        }
        Filter filter = named(JinjaValues.string(arguments.get(0)), 0);
        List<Object> rest = new JinjaArguments(arguments.subList(1, arguments.size()));
        return JinjaValues.elements(value).stream()
                .map(each -> filter.apply(scope, each, rest, named))
                .toList();
    }

    /** @param skip 1 if the first argument names an attribute of the elements */
    private static Object select(JinjaScope scope, Object value, List<Object> arguments, int skip, boolean keep) {
        Test test = arguments.size() > skip
                ? test(JinjaValues.string(arguments.get(skip)), 0)
                : (same, each, none) -> JinjaValues.truth(each);
        List<Object> rest =
                new JinjaArguments(arguments.size() > skip ? arguments.subList(skip + 1, arguments.size()) : List.of());
        return JinjaValues.elements(value).stream()
                .filter(each ->
                        test.holds(scope, skip == 1 ? JinjaValues.item(each, arguments.get(0)) : each, rest) == keep)
                .toList();
    }
}
