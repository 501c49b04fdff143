package io.github.tandem4j.router.online;

import java.time.Clock;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Values that are known for a while after they were made, and of more than so many the latest: a cache that weighs use would
 * forget the newest, since none is used twice. Not thread-safe.
 */
final class Remembered<K, V> {

    private final Map<K, V> values = new LinkedHashMap<>();
    private final Clock clock;
    private final long expiryMillis;
    private final long most;
    private final ToLongFunction<V> made;

    Remembered(Clock clock, long expiryMillis, long most, ToLongFunction<V> made) {
        this.clock = clock;
        this.expiryMillis = expiryMillis;
        this.most = most;
        this.made = made;
    }

    boolean isExpired(long atMillis) {
        return clock.millis() - atMillis >= expiryMillis;
    }

    @Nullable
    V find(K key) {
        V value = values.get(key);
        if (value != null && isExpired(made.applyAsLong(value))) {
            values.remove(key);
            return null;
        }
        return value;
    }

    /** Also forgets from the oldest on what is too old or too many. */
    void put(K key, V value) {
        values.put(key, value);
        forget();
    }

    void remove(K key) {
        values.remove(key);
    }

    int size() {
        forget();
        return values.size();
    }

    void forEach(BiConsumer<K, V> each) {
        forget();
        values.forEach(each);
    }

    private void forget() {
        Iterator<V> oldest = values.values().iterator();
        while (oldest.hasNext()) {
            V value = oldest.next();
            if (values.size() <= most && !isExpired(made.applyAsLong(value))) {
                return;
            }
            oldest.remove();
        }
    }
}
