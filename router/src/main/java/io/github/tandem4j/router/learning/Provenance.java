package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a trained router was made from.
 *
 * @param recipe the recipe's name
 * @param fingerprint SHA-256 of the outcomes, in hex
 * @param queries how many there were
 * @param seed what was drawn by
 * @param date the day of the training, UTC
 * @param metrics what cross-validation within the outcomes found, by name; a number may be NaN if there was nothing to measure
 */
public record Provenance(
        String recipe, String fingerprint, int queries, long seed, LocalDate date, Map<String, Double> metrics) {

    /** Copies the metrics. */
    public Provenance {
        metrics = Map.copyOf(metrics);
    }

    static Provenance of(Recipe recipe, RecordedOutcomes outcomes, long seed, Map<String, Double> metrics) {
        return new Provenance(
                recipe.name(), outcomes.fingerprint(), outcomes.size(), seed, LocalDate.now(ZoneOffset.UTC), metrics);
    }

    /**
     * Of a router that a model has joined: the digest is of both digests, numbers of queries add up, and the day is the
     * later one. What was measured of the choice among the first models stays.
     */
    Provenance and(Provenance joined) {
        Map<String, Double> both = new TreeMap<>(joined.metrics);
        both.remove("quality_of_choice"); // of one model there is none
        both.putAll(metrics);
        return new Provenance(
                recipe,
                digest(fingerprint + joined.fingerprint),
                queries + joined.queries,
                seed,
                date.isAfter(joined.date) ? date : joined.date,
                both);
    }

    private static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** {@return in words, metrics in order of their names} */
    @Override
    public String toString() {
        return recipe + ", trained on " + date + " from " + queries + " queries ("
                + fingerprint.substring(0, Math.min(12, fingerprint.length())) + "), seed " + seed + ", "
                + new TreeMap<>(metrics);
    }
}
