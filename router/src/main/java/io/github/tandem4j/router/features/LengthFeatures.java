package io.github.tandem4j.router.features;

import io.github.tandem4j.Request;
import java.util.List;
import java.util.function.DoubleConsumer;

/** How long the text is. */
final class LengthFeatures implements Features {

    @Override
    public String id() {
        return "length.1";
    }

    @Override
    public int dimension() {
        return 2;
    }

    @Override
    public List<FeatureRows.Block> blocks() {
        return List.of(new FeatureRows.Block(2, true));
    }

    @Override
    public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
        float[][] rows = new float[requests.size()][];
        for (int i = 0; i < rows.length; i++) {
            float[] signs = TextSigns.of(UserText.of(requests.get(i)));
            rows[i] = new float[] {signs[0], signs[20]};
            progress.accept((i + 1.0) / rows.length);
        }
        return FeatureRows.dense(2, rows);
    }
}
