package io.github.tandem4j.router.features;

import io.github.tandem4j.Request;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleConsumer;

/** Some neighbouring columns of another dense view. */
final class ColumnFeatures implements Features {

    private final String id;
    private final Features all;
    private final int start;
    private final int dimension;
    private final boolean ownUnits;

    ColumnFeatures(String id, Features all, int start, int dimension, boolean ownUnits) {
        this.id = id;
        this.all = all;
        this.start = start;
        this.dimension = dimension;
        this.ownUnits = ownUnits;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public List<FeatureRows.Block> blocks() {
        return List.of(new FeatureRows.Block(dimension, ownUnits));
    }

    @Override
    public boolean isBoundToTask() {
        return all.isBoundToTask();
    }

    @Override
    public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
        FeatureRows rows = all.read(requests, progress);
        float[][] some = new float[rows.size()][];
        for (int i = 0; i < some.length; i++) {
            some[i] = Arrays.copyOfRange(rows.values(i), start, start + dimension);
        }
        return FeatureRows.dense(dimension, some);
    }
}
