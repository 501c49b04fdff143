package io.github.tandem4j;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What an endpoint says of its own reply, or a caller of its request, by key. Immutable; its values are expected to be immutable too. */
public final class Evidence {

    private static final Evidence NONE = new Evidence(Map.of());

    private final Map<EvidenceKey<?>, Object> values;

    private Evidence(Map<EvidenceKey<?>, Object> values) {
        this.values = values;
    }

    /** {@return no evidence} */
    public static Evidence none() {
        return NONE;
    }

    /** {@return one piece of evidence} */
    public static <T> Evidence of(EvidenceKey<T> key, T value) {
        return NONE.with(key, value);
    }

    /** {@return this and one more; a value already under the key is replaced} */
    public <T> Evidence with(EvidenceKey<T> key, T value) {
        Map<EvidenceKey<?>, Object> more = new HashMap<>(values);
        more.put(key, key.type().cast(value));
        return new Evidence(Map.copyOf(more));
    }

    /** {@return this and another's; under a key of both the other's value} */
    public Evidence and(Evidence other) {
        Map<EvidenceKey<?>, Object> more = new HashMap<>(values);
        more.putAll(other.values);
        return new Evidence(Map.copyOf(more));
    }

    /** {@return the evidence under this key, if there is any} */
    public <T> Optional<T> get(EvidenceKey<T> key) {
        return Optional.ofNullable(values.get(key)).map(key.type()::cast);
    }

    @Override
    public String toString() {
        return "Evidence" + values.keySet();
    }
}
