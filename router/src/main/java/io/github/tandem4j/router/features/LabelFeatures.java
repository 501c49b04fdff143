package io.github.tandem4j.router.features;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Request;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a text classifier makes of what the user wrote: the probability of each label. */
final class LabelFeatures implements Features {

    private final String name;
    private final List<String> labels;
    private final Function<String, ? extends Map<String, Double>> classifier;

    LabelFeatures(String name, List<String> labels, Function<String, ? extends Map<String, Double>> classifier) {
        if (labels.isEmpty() || new HashSet<>(labels).size() < labels.size()) {
            throw new IllegalArgumentException(
                    "labels of " + name + " are " + labels + "; valid is one or more, each once");
        }
        this.name = name;
        this.labels = List.copyOf(labels);
        this.classifier = classifier;
    }

    /** The labels are part of it: a trained router takes no other classifier's. */
    @Override
    public String id() {
        return "labels.1:" + name + ":" + String.join(",", labels);
    }

    @Override
    public int dimension() {
        return labels.size();
    }

    @Override
    public List<FeatureRows.Block> blocks() {
        return List.of(new FeatureRows.Block(labels.size(), true));
    }

    @Override
    public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
        float[][] rows = new float[requests.size()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = probabilities(classifier.apply(UserText.of(requests.get(i))));
            progress.accept((i + 1.0) / rows.length);
        }
        return FeatureRows.dense(labels.size(), rows);
    }

    private float[] probabilities(@Nullable Map<String, Double> said) {
        float[] row = new float[labels.size()];
        for (int i = 0; i < row.length; i++) {
            Double probability = said == null ? null : said.get(labels.get(i));
            if (probability == null || !(probability >= 0 && probability <= 1)) {
                throw new ConfigurationException("classifier " + name + " gave " + probability + " for the label '"
                        + labels.get(i) + "'; valid is a probability for each of " + labels);
            }
            row[i] = probability.floatValue();
        }
        return row;
    }
}
