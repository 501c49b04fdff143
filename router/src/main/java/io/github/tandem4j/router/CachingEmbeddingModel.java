package io.github.tandem4j.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.LocalModel;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An embedding model that remembers what it was asked: a text is computed once, and then found in a few microseconds.
 *
 * <pre>{@code
 * EmbeddingModel encoder = CachingEmbeddingModel.of(model);
 * }</pre>
 *
 * <p>A batch asks the model only for the texts that are not remembered, each once. Texts are kept as hashes (SHA-256 of
 * text and model name) and vectors as copies, so that nobody can change what another is given. Beyond the bounds, those
 * go that were used least often and least recently (Caffeine's W-TinyLFU). A segment's metadata counts for nothing:
 * a model that reads it must not be cached. A failed call is not remembered.
 *
 * <p>Thread-safe if the model is. Two callers that miss the same text at the same time both compute it. It does not
 * close the model.
 */
public final class CachingEmbeddingModel implements EmbeddingModel, LocalModel {

    /** What an entry takes beside its vector: key, objects and the cache's bookkeeping. */
    private static final int OVERHEAD_BYTES = 160;

    private static final TokenUsage NOTHING = new TokenUsage(0);

    private final EmbeddingModel model;
    private final Cache<Key, float[]> vectors;
    private final byte[] salt;

    /** A SHA-256. */
    private record Key(long a, long b, long c, long d) {}

    private CachingEmbeddingModel(Builder builder) {
        model = builder.model;
        // Each entry weighs its share of the bytes at least, so that one bound keeps both.
        long least = Math.max(1, builder.maxBytes / builder.maxEntries);
        vectors = Caffeine.newBuilder()
                .maximumWeight(builder.maxBytes)
                .weigher((Key key, float[] vector) ->
                        (int) Math.min(Integer.MAX_VALUE, Math.max(least, OVERHEAD_BYTES + 4L * vector.length)))
                .executor(Runnable::run) // upkeep is little, and on the threads of the calls
                .build();
        salt = (model.modelName() + '\0').getBytes(UTF_8);
    }

    /** {@return a cache of 100,000 vectors and 256 MiB around a model} */
    public static CachingEmbeddingModel of(EmbeddingModel model) {
        return builder(model).build();
    }

    /** Starts with the defaults: 100,000 vectors and 256 MiB, whichever is less. */
    public static Builder builder(EmbeddingModel model) {
        return new Builder(requireNonNull(model, "model"));
    }

    /** Embeds a text; one that the model takes blank may be blank. */
    @Override
    public Response<Embedding> embed(String text) {
        Key key = key(text);
        float[] known = vectors.getIfPresent(key);
        if (known != null) {
            return Response.from(Embedding.from(known.clone()), NOTHING);
        }
        return remembered(key, model.embed(text));
    }

    @Override
    public Response<Embedding> embed(TextSegment segment) {
        Key key = key(segment.text());
        float[] known = vectors.getIfPresent(key);
        if (known != null) {
            return Response.from(Embedding.from(known.clone()), NOTHING);
        }
        return remembered(key, model.embed(segment));
    }

    private Response<Embedding> remembered(Key key, Response<Embedding> response) {
        vectors.put(key, response.content().vector().clone());
        return response;
    }

    /** Embeds segments; the usage of tokens is that of those which were computed. */
    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        List<Key> keys = new ArrayList<>(segments.size());
        Map<Key, float[]> found = new LinkedHashMap<>();
        Map<Key, TextSegment> missing = new LinkedHashMap<>();
        for (TextSegment segment : segments) {
            Key key = key(segment.text());
            keys.add(key);
            if (!found.containsKey(key) && !missing.containsKey(key)) {
                float[] known = vectors.getIfPresent(key);
                if (known == null) {
                    missing.put(key, segment);
                } else {
                    found.put(key, known);
                }
            }
        }
        @Nullable TokenUsage usage = missing.isEmpty() ? NOTHING : compute(missing, found);
        List<Embedding> embeddings = new ArrayList<>(keys.size());
        for (Key key : keys) {
            embeddings.add(Embedding.from(requireNonNull(found.get(key)).clone()));
        }
        return Response.from(embeddings, usage);
    }

    private @Nullable TokenUsage compute(Map<Key, TextSegment> missing, Map<Key, float[]> found) {
        Response<List<Embedding>> response = model.embedAll(List.copyOf(missing.values()));
        List<Embedding> computed = response.content();
        if (computed.size() != missing.size()) {
            throw new IllegalStateException(model.modelName() + " gave " + computed.size() + " vectors for "
                    + missing.size() + " texts; valid: one each");
        }
        int next = 0;
        for (Key key : missing.keySet()) {
            float[] vector = computed.get(next++).vector().clone();
            vectors.put(key, vector);
            found.put(key, vector);
        }
        return response.tokenUsage();
    }

    @Override
    public int dimension() {
        return model.dimension();
    }

    @Override
    public String modelName() {
        return model.modelName();
    }

    /** {@return whether its model is known to be local} */
    @Override
    public boolean isLocal() {
        return LocalModel.isKnownToBe(model);
    }

    /** {@return how many vectors are remembered now} */
    public long size() {
        vectors.cleanUp();
        return vectors.estimatedSize();
    }

    private Key key(String text) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(salt);
            ByteBuffer hash = ByteBuffer.wrap(sha.digest(text.getBytes(UTF_8)));
            return new Key(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** Sets up a cache. */
    public static final class Builder {
        private final EmbeddingModel model;
        private long maxEntries = 100_000;
        private long maxBytes = 256L << 20;

        private Builder(EmbeddingModel model) {
            this.model = model;
        }

        /**
         * Sets how many vectors are remembered at most.
         *
         * @param entries 1 or more
         */
        public Builder maxEntries(long entries) {
            if (entries < 1) {
                throw new IllegalArgumentException("entries are " + entries + "; valid: 1 or more");
            }
            maxEntries = entries;
            return this;
        }

        /**
         * Sets how much memory the vectors may take, what is kept beside each estimated.
         *
         * @param bytes 1,024 or more
         */
        public Builder maxBytes(long bytes) {
            if (bytes < 1024) {
                throw new IllegalArgumentException("bytes are " + bytes + "; valid: 1,024 or more");
            }
            maxBytes = bytes;
            return this;
        }

        /** {@return the model with its cache} */
        public CachingEmbeddingModel build() {
            return new CachingEmbeddingModel(this);
        }
    }
}
