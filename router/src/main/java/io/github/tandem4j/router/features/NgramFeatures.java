package io.github.tandem4j.router.features;

import io.github.tandem4j.Request;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleConsumer;

/**
 * Counts of n-grams, hashed into columns without a sign and damped ({@code 1 + ln count}); at unit length. How rare a column
 * is belongs to what is learned from it.
 */
final class NgramFeatures implements Features {

    private static final int BITS = 22;
    private static final int MOST_NGRAMS = 1 << 16;

    private final boolean words;

    private NgramFeatures(boolean words) {
        this.words = words;
    }

    static Features words() {
        return new NgramFeatures(true);
    }

    static Features characters() {
        return new NgramFeatures(false);
    }

    @Override
    public String id() {
        return words ? "words.2" : "characters.2";
    }

    @Override
    public int dimension() {
        return 1 << BITS;
    }

    @Override
    public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
        int[][] columns = new int[requests.size()][];
        float[][] values = new float[columns.length][];
        for (int i = 0; i < columns.length; i++) {
            String text = UserText.of(requests.get(i)).toLowerCase(Locale.ROOT);
            Hashes hashes = new Hashes();
            if (words) {
                words(text, hashes);
            } else {
                characters(text, hashes);
            }
            count(hashes, columns, values, i);
            progress.accept((i + 1.0) / columns.length);
        }
        return FeatureRows.sparse(1 << BITS, columns, values);
    }

    /** Runs of letters and digits are words, and so is every other visible character by itself. */
    private static void words(String text, Hashes hashes) {
        int previous = 0;
        int start = 0;
        while (start < text.length()) {
            char c = text.charAt(start);
            int end = start + 1;
            if (Character.isWhitespace(c)) {
                start = end;
                continue;
            }
            int hash = 31 + c;
            while (Character.isLetterOrDigit(c) && end < text.length() && Character.isLetterOrDigit(text.charAt(end))) {
                hash = hash * 31 + text.charAt(end);
                end++;
            }
            hash = mixed(hash);
            hashes.add(hash);
            if (previous != 0) {
                hashes.add(mixed(previous * 0x9E3779B1 + hash));
            }
            previous = hash == 0 ? 1 : hash;
            start = end;
        }
    }

    /** Within a word, with a space at either end. */
    private static void characters(String text, Hashes hashes) {
        int start = 0;
        while (start < text.length()) {
            if (Character.isWhitespace(text.charAt(start))) {
                start++;
                continue;
            }
            int end = start;
            while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
                end++;
            }
            for (int from = start - 1; from < end; from++) {
                int hash = 7;
                for (int at = from; at <= end && at < from + 5; at++) {
                    hash = hash * 31 + (at < start || at == end ? ' ' : text.charAt(at));
                    if (at - from >= 2) {
                        hashes.add(mixed(hash + (at - from)));
                    }
                }
            }
            start = end;
        }
    }

    private static void count(Hashes hashes, int[][] columns, float[][] values, int row) {
        int[] sorted = hashes.sorted();
        int distinct = 0;
        for (int i = 0; i < sorted.length; i++) {
            distinct += i == 0 || sorted[i] != sorted[i - 1] ? 1 : 0;
        }
        int[] column = new int[distinct];
        float[] value = new float[distinct];
        double squares = 0;
        int at = -1;
        for (int i = 0; i < sorted.length; ) {
            int end = i;
            while (end < sorted.length && sorted[end] == sorted[i]) {
                end++;
            }
            at++;
            column[at] = sorted[i];
            value[at] = (float) (1 + Math.log(end - i));
            squares += value[at] * value[at];
            i = end;
        }
        float scale = squares > 0 ? (float) (1 / Math.sqrt(squares)) : 0;
        for (int i = 0; i < distinct; i++) {
            value[i] *= scale;
        }
        columns[row] = column;
        values[row] = value;
    }

    private static int mixed(int hash) {
        int h = hash;
        h = (h ^ (h >>> 16)) * 0x85EBCA6B;
        h = (h ^ (h >>> 13)) * 0xC2B2AE35;
        return h ^ (h >>> 16);
    }

    /** The hashes of one text; of more than the bound, the first count. */
    private static final class Hashes {

        private int[] values = new int[256];
        private int size;

        void add(int hash) {
            if (size == MOST_NGRAMS) {
                return;
            }
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = hash >>> (32 - BITS);
        }

        int[] sorted() {
            int[] sorted = Arrays.copyOf(values, size);
            Arrays.sort(sorted);
            return sorted;
        }
    }
}
