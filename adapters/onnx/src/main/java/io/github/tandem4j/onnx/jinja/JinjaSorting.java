package io.github.tandem4j.onnx.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The filters that put lists in order or add them up; text is compared without regard to case, as Jinja does. */
final class JinjaSorting {
    private JinjaSorting() {}

    static Object sort(JinjaScope scope, Object value, List<Object> arguments, Map<String, Object> named) {
        Object reverse = named.getOrDefault("reverse", arguments.isEmpty() ? false : arguments.get(0));
        Object cased = named.getOrDefault("case_sensitive", arguments.size() > 1 ? arguments.get(1) : false);
        Object attribute = named.getOrDefault("attribute", arguments.size() > 2 ? arguments.get(2) : JinjaValues.NONE);
        boolean sensitive = JinjaValues.truth(cased);
        Comparator<Object> order = Comparator.comparing(
                each -> key(attribute == JinjaValues.NONE ? each : JinjaValues.item(each, attribute), sensitive),
                JinjaValues::compare);
        return inOrder(scope, value, JinjaValues.truth(reverse) ? order.reversed() : order);
    }

    static List<Object> sorted(JinjaScope scope, Object value, boolean caseSensitive) {
        return inOrder(scope, value, Comparator.comparing(each -> key(each, caseSensitive), JinjaValues::compare));
    }

    static Object dictionary(JinjaScope scope, Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new JinjaException("template sorts " + JinjaValues.describe(value) + " where a map should be");
        }
        Comparator<Object> byKey =
                Comparator.comparing(item -> key(JinjaValues.item(item, 0L), false), JinjaValues::compare);
        return inOrder(scope, JinjaMethods.items(map), byKey);
    }

    private static List<Object> inOrder(JinjaScope scope, Object value, Comparator<Object> order) {
        List<Object> elements = new ArrayList<>(JinjaValues.elements(value));
        scope.charge(32L * elements.size());
        elements.sort(order);
        return elements;
    }

    private static Object key(Object value, boolean caseSensitive) {
        return value instanceof String text && !caseSensitive ? text.toLowerCase(Locale.ROOT) : value;
    }

    static Object sum(JinjaScope scope, Object value) {
        Object sum = 0L;
        for (Object each : JinjaValues.elements(value)) {
            sum = JinjaValues.add(scope, sum, each);
        }
        return sum;
    }
}
