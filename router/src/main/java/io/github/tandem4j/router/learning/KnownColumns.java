package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.BitSet;
import java.util.stream.IntStream;

/** Of sparse features: which share of a row's squared length lies in columns that at least two rows of the training data have. */
final class KnownColumns implements Familiarity {

    /** So rare a share is unusual; at less than half of it nothing is left. */
    private static final double RARE = 0.01;

    private final BitSet known;
    private final double usual;

    private KnownColumns(BitSet known, double usual) {
        this.known = known;
        this.usual = usual;
    }

    /** What is usual is found on a tenth of the rows, by the columns of the rest. */
    static KnownColumns of(FeatureRows rows) {
        int[] counts = new int[rows.dimension()];
        int[] counted = IntStream.range(0, rows.size()).filter(i -> i % 10 != 0).toArray();
        for (int i : counted) {
            for (int column : rows.columns(i)) {
                counts[column]++;
            }
        }
        KnownColumns most = new KnownColumns(atLeastTwo(counts), 1);
        double[] shares = IntStream.range(0, rows.size())
                .filter(i -> i % 10 == 0)
                .mapToDouble(i -> most.share(rows, i))
                .sorted()
                .toArray();
        for (int i = 0; i < rows.size(); i += 10) {
            for (int column : rows.columns(i)) {
                counts[column]++;
            }
        }
        double usual = shares.length == 0 ? 0 : shares[(int) (RARE * shares.length)];
        return new KnownColumns(atLeastTwo(counts), usual);
    }

    private static BitSet atLeastTwo(int[] counts) {
        BitSet known = new BitSet(counts.length);
        IntStream.range(0, counts.length).filter(c -> counts[c] > 1).forEach(known::set);
        return known;
    }

    private double share(FeatureRows rows, int row) {
        int[] columns = rows.columns(row);
        float[] values = rows.values(row);
        double inside = 0;
        double whole = 0;
        for (int i = 0; i < columns.length; i++) {
            double square = values[i] * values[i];
            whole += square;
            inside += known.get(columns[i]) ? square : 0;
        }
        return whole == 0 ? 0 : inside / whole;
    }

    @Override
    public double of(FeatureRows rows, int row) {
        return usual == 0 ? 1 : Math.max(0, Math.min(1, 2 * share(rows, row) / usual - 1));
    }

    @Override
    public void write(Weights weights) {
        weights.put("sparse", 1).put("usual", usual).put("known", known.stream().toArray());
    }

    static KnownColumns read(Weights weights) {
        BitSet known = new BitSet();
        for (int column : weights.integers("known", -1)) {
            if (column < 0 || column >= Rarity.MOST_COLUMNS) {
                throw Weights.wrong("known", "has column " + column + "; valid is 0 to " + (Rarity.MOST_COLUMNS - 1));
            }
            known.set(column);
        }
        return new KnownColumns(known, weights.doubles("usual", 1)[0]);
    }
}
