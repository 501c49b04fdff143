package io.github.tandem4j.router.replay;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a report was made from, so that it can be made again.
 *
 * @param fingerprint SHA-256 of the queries that counted, in hex
 * @param queries how many counted
 * @param contaminated how many were left out because a published training set contains them
 * @param gaps how many were left out because an outcome of a compared model is missing
 * @param seed of resamples and folds
 * @param resamples how many the intervals were made of
 * @param resampled what was drawn: queries or subjects
 */
public record ReportProvenance(
        String fingerprint, int queries, int contaminated, int gaps, long seed, int resamples, String resampled) {

    /** {@return all of it in words, with the versions of the library and of Java} */
    Map<String, String> inWords() {
        Map<String, String> words = new LinkedHashMap<>();
        words.put("Data (SHA-256)", fingerprint);
        words.put("Queries", Integer.toString(queries));
        words.put("Left out as contaminated", Integer.toString(contaminated));
        words.put("Left out for a gap", Integer.toString(gaps));
        words.put("Seed", Long.toString(seed));
        words.put("Intervals", "95 %, " + resamples + " bootstrap resamples of " + resampled);
        String version = ReportProvenance.class.getPackage().getImplementationVersion();
        words.put("Tandem", version == null ? "built from source" : version);
        words.put("Java", System.getProperty("java.version", "not known"));
        return words;
    }
}
