package io.github.tandem4j.router.outcomes;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * Recognises data again: SHA-256 of ids, texts, models and scores in their order, which may be added row by row. Lengths stand
 * before texts, so that no two lists of texts look alike. Used by one thread.
 */
public final class Fingerprint {

    private final MessageDigest digest;

    /** Starts without any query. */
    public Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String of(List<RecordedQuery> queries) {
        Fingerprint print = new Fingerprint();
        queries.forEach(print::add);
        return print.hex();
    }

    /** Adds a query. */
    public void add(RecordedQuery query) {
        add(query.id());
        add(query.turns().size());
        query.turns().forEach(this::add);
        add(query.outcomes().size());
        query.outcomes().forEach((model, outcome) -> {
            add(model);
            add(Double.doubleToLongBits(outcome.score()));
        });
    }

    /** {@return the fingerprint of what was added, in hex; it starts anew after that} */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        add(bytes.length);
        digest.update(bytes);
    }

    private void add(long number) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
    }
}
