package io.github.tandem4j.router.features;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.tandem4j.Request;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads no text twice. Texts are known by their digest, so the cache holds none of them. What is on disk is never read by the
 * model again; in memory are the vectors used lately.
 */
final class CachedFeatures implements Features {

    private static final int BATCH = 512;
    private static final long MOST_NUMBERS = 1L << 26;

    /** So many bytes of heap for each number, which has four, so an eighth of the heap at most. */
    private static final long HEAP_A_NUMBER = 32;

    private final Features features;
    private final @Nullable Path path;
    private final Cache<TextKey, float[]> known;
    private final ReentrantLock reading = new ReentrantLock();
    private @Nullable FeatureFile file;

    CachedFeatures(Features features, @Nullable Path file) {
        this.features = Objects.requireNonNull(features, "features");
        path = file;
        known = Caffeine.newBuilder()
                .maximumWeight(Math.min(MOST_NUMBERS, Runtime.getRuntime().maxMemory() / HEAP_A_NUMBER))
                .weigher((TextKey key, float[] row) -> row.length + 32)
                .build();
    }

    @Override
    public String id() {
        return features.id();
    }

    @Override
    public int dimension() {
        return features.dimension();
    }

    @Override
    public List<FeatureRows.Block> blocks() {
        return features.blocks();
    }

    @Override
    public boolean isBoundToTask() {
        return features.isBoundToTask();
    }

    @Override
    public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
        TextKey[] keys = new TextKey[requests.size()];
        Map<TextKey, float[]> here = new HashMap<>();
        Map<TextKey, Integer> unknown = new LinkedHashMap<>();
        for (int i = 0; i < keys.length; i++) {
            keys[i] = TextKey.of(UserText.of(requests.get(i)));
            float[] row = known.getIfPresent(keys[i]);
            if (row != null) {
                here.put(keys[i], row);
            } else {
                unknown.putIfAbsent(keys[i], i);
            }
        }
        Map<TextKey, float[]> stored = stored(unknown.keySet());
        here.putAll(stored);
        unknown.keySet().removeAll(stored.keySet());
        List<Integer> missing = List.copyOf(unknown.values());
        for (int start = 0; start < missing.size(); start += BATCH) {
            List<Integer> batch = missing.subList(start, Math.min(missing.size(), start + BATCH));
            double before = (double) start / missing.size();
            double share = (double) batch.size() / missing.size();
            FeatureRows rows = features.read(
                    batch.stream().map(requests::get).toList(), done -> progress.accept(before + share * done));
            Map<TextKey, float[]> fresh = new LinkedHashMap<>();
            for (int i = 0; i < batch.size(); i++) {
                fresh.put(keys[batch.get(i)], rows.values(i));
            }
            keep(fresh);
            here.putAll(fresh);
        }
        float[][] rows = new float[keys.length][];
        for (int i = 0; i < keys.length; i++) {
            rows[i] = Objects.requireNonNull(here.get(keys[i]));
        }
        progress.accept(1);
        return FeatureRows.dense(features.dimension(), rows);
    }

    private Map<TextKey, float[]> stored(Set<TextKey> keys) {
        if (path == null) {
            return Map.of();
        }
        reading.lock();
        try {
            Map<TextKey, float[]> rows =
                    keys.isEmpty() ? Map.of() : opened(path).read(keys);
            known.putAll(rows);
            return rows;
        } finally {
            reading.unlock();
        }
    }

    private FeatureFile opened(Path at) {
        FeatureFile opened = file == null ? FeatureFile.open(at, id(), dimension()) : file;
        file = opened;
        return opened;
    }

    private void keep(Map<TextKey, float[]> fresh) {
        reading.lock();
        try {
            if (path != null) {
                opened(path).append(fresh);
            }
            known.putAll(fresh);
        } finally {
            reading.unlock();
        }
    }

    /** The first 128 bits of a text's SHA-256. */
    record TextKey(long high, long low) {

        static TextKey of(String text) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
                ByteBuffer bytes = ByteBuffer.wrap(digest);
                return new TextKey(bytes.getLong(), bytes.getLong());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }
}
