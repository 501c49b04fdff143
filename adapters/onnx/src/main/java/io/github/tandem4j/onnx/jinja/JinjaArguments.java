package io.github.tandem4j.onnx.jinja;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** The arguments of a call without names; one that is not there is the template's fault. */
final class JinjaArguments extends AbstractList<Object> implements RandomAccess {
    private final List<Object> values;

    JinjaArguments(List<Object> values) {
        this.values = values;
    }

    @Override
    public Object get(int index) {
        if (index >= values.size()) {
            throw new JinjaException(
                    "template gives " + values.size() + " arguments where " + (index + 1) + " are needed");
        }
        return values.get(index);
    }

    @Override
    public int size() {
        return values.size();
    }
}
