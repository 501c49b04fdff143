package io.github.tandem4j.onnx.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tandem4j.ModelFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The classes of a classifier, and how its logits become their probabilities: as {@code config.json} says. */
final class Labels {
    private static final String SINGLE = "single_label_classification";
    private static final String MULTI = "multi_label_classification";

    private final List<String> names;
    private final boolean independent;

    private Labels(List<String> names, boolean independent) {
        this.names = names;
        this.independent = independent;
    }

    static Labels of(EncoderFiles files) {
        String file = files.configName();
        JsonNode byId = files.config().path("id2label");
        String problem = files.config().path("problem_type").asText("null");
        if (problem.equals("null")) {
            problem = SINGLE;
        }
        if (!Set.of(SINGLE, MULTI).contains(problem)) {
            throw new ModelFileException(
                    file + " has the problem_type " + problem + "; valid: " + SINGLE + " or " + MULTI);
        }
        List<String> names = new ArrayList<>();
        while (byId.path(Integer.toString(names.size())).isTextual()) {
            names.add(byId.path(Integer.toString(names.size())).asText());
        }
        if (names.isEmpty() || names.size() != byId.size()) {
            throw new ModelFileException(file + (byId.isMissingNode() ? " is missing or has no" : " has a broken")
                    + " id2label; valid: a label for each number from 0");
        }
        return new Labels(List.copyOf(names), problem.equals(MULTI) || names.size() == 1);
    }

    List<String> names() {
        return names;
    }

    /** The number of logits has to be that of the labels. */
    void require(EncoderFiles files, int width) {
        if (width != names.size()) {
            throw new ModelFileException(files.modelName() + " gives " + width + " numbers, and " + files.configName()
                    + " has " + names.size() + " labels; valid: a number each");
        }
    }

    /** Softmax, or for labels that do not exclude each other, and for one label alone, the logistic function. */
    double[] probabilities(float[] logits) {
        double[] values = new double[logits.length];
        if (independent) {
            Arrays.setAll(values, i -> logistic(logits[i]));
            return values;
        }
        double largest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.exp(logits[i] - largest);
            sum += values[i];
        }
        for (int i = 0; i < values.length; i++) {
            values[i] /= sum;
        }
        return values;
    }

    static double logistic(double logit) {
        return 1 / (1 + Math.exp(-logit));
    }
}
