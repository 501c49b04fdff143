package io.github.tandem4j.router.features;

import io.github.tandem4j.Request;
import java.util.List;
import java.util.function.DoubleConsumer;

/** Signs of the text, see {@link TextSigns}. */
final class TextFeatures implements Features {

    @Override
    public String id() {
        return "text.1";
    }

    @Override
    public int dimension() {
        return TextSigns.COUNT;
    }

    @Override
    public List<FeatureRows.Block> blocks() {
        return List.of(new FeatureRows.Block(TextSigns.COUNT, true));
    }

    @Override
    public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
        float[][] rows = new float[requests.size()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = TextSigns.of(UserText.of(requests.get(i)));
            progress.accept((i + 1.0) / rows.length);
        }
        return FeatureRows.dense(TextSigns.COUNT, rows);
    }
}
