package io.github.tandem4j.router.features;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.tandem4j.Request;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/** Reads no text twice. Texts are known by their digest, so the cache holds none of them. */
final class CachedFeatures implements Features {

    private static final int BATCH = 512;
    private static final long MOST_NUMBERS = 1L << 26;

    private final Features features;
    private final @Nullable Path file;
    private final Cache<TextKey, float[]> known;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile boolean loaded;

    CachedFeatures(Features features, @Nullable Path file) {
        this.features = Objects.requireNonNull(features, "features");
        this.file = file;
        known = file != null
                ? Caffeine.newBuilder().build() // what is on disk is never read by the model again
                : Caffeine.newBuilder()
                        .maximumWeight(MOST_NUMBERS)
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
        load();
        TextKey[] keys = new TextKey[requests.size()];
        Map<TextKey, float[]> here = new HashMap<>();
        List<Integer> missing = new ArrayList<>();
        Set<TextKey> seen = new HashSet<>();
        for (int i = 0; i < keys.length; i++) {
            keys[i] = TextKey.of(UserText.of(requests.get(i)));
            float[] row = known.getIfPresent(keys[i]);
            if (row != null) {
                here.put(keys[i], row);
            } else if (seen.add(keys[i])) {
                missing.add(i);
            }
        }
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

    private void load() {
        if (loaded || file == null) {
            return;
        }
        reading.lock();
        try {
            if (!loaded) {
                known.putAll(FeatureFile.read(file, id(), dimension()));
                loaded = true;
            }
        } finally {
            reading.unlock();
        }
    }

    private void keep(Map<TextKey, float[]> fresh) {
        reading.lock();
        try {
            if (file != null) {
                FeatureFile.append(file, id(), dimension(), fresh);
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
