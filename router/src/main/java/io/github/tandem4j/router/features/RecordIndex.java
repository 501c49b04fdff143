package io.github.tandem4j.router.features;

import io.github.tandem4j.router.features.CachedFeatures.TextKey;
import java.util.Arrays;

/** Where a text's record lies in a file: some 40 bytes a text, since there may be millions. Used by one thread at a time. */
final class RecordIndex {

    private static final int NONE = -1;

    private long[] high = new long[64];
    private long[] low = new long[64];
    private int[] records = empty(64);
    private int size;

    private static int[] empty(int slots) {
        int[] records = new int[slots];
        Arrays.fill(records, NONE);
        return records;
    }

    /** {@return the number of a text's record; −1 if there is none} */
    int of(TextKey key) {
        return records[slot(key.high(), key.low())];
    }

    /** Remembers a record, 0 or more; the last one of a text counts. */
    void put(long keyHigh, long keyLow, int record) {
        int slot = slot(keyHigh, keyLow);
        if (records[slot] == NONE) {
            size++;
        }
        high[slot] = keyHigh;
        low[slot] = keyLow;
        records[slot] = record;
        if (size > records.length / 2) {
            grow();
        }
    }

    /** Keys are digests, so their bits are even already. */
    private int slot(long keyHigh, long keyLow) {
        int mask = records.length - 1;
        int slot = (int) keyHigh & mask;
        while (records[slot] != NONE && (high[slot] != keyHigh || low[slot] != keyLow)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldHigh = high;
        long[] oldLow = low;
        int[] old = records;
        int slots = Math.multiplyExact(old.length, 2);
        high = new long[slots];
        low = new long[slots];
        records = empty(slots);
        for (int i = 0; i < old.length; i++) {
            if (old[i] != NONE) {
                int slot = slot(oldHigh[i], oldLow[i]);
                high[slot] = oldHigh[i];
                low[slot] = oldLow[i];
                records[slot] = old[i];
            }
        }
    }
}
