package io.github.tandem4j.router.learning;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.features.FeatureRows;
import java.util.LinkedHashMap;
import java.util.Map;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * Gradient-boosted trees (Chen and Guestrin 2016) over dense features. XGBoost grows them; they are then read out of it, so
 * that a trained router needs no native code, and a router file never reaches any.
 */
final class Trees implements Head {

    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public String name() {
        return "trees";
    }

    @Override
    public FittedHead fit(FeatureRows rows, double[][] targets, long seed) {
        Forest.Planter planter = new Forest.Planter(rows.dimension(), targets.length);
        for (int t = 0; t < targets.length; t++) {
            int[] known = Ridge.known(targets[t]);
            double[] target = CrossFit.at(targets[t], known);
            double mean = Moments.mean(target);
            planter.start(t, mean);
            try {
                grow(rows.at(known), target, mean, seed, planter);
            } catch (XGBoostError | JsonProcessingException e) {
                throw new ConfigurationException("trees could not be grown: " + e.getMessage(), e);
            }
        }
        return planter.forest();
    }

    private static void grow(FeatureRows rows, double[] target, double mean, long seed, Forest.Planter planter)
            throws XGBoostError, JsonProcessingException {
        float[] values = new float[Math.multiplyExact(rows.size(), rows.dimension())];
        float[] labels = new float[target.length];
        for (int i = 0; i < labels.length; i++) {
            System.arraycopy(rows.values(i), 0, values, i * rows.dimension(), rows.dimension());
            labels[i] = (float) (target[i] - mean);
        }
        DMatrix matrix = new DMatrix(values, rows.size(), rows.dimension(), Float.NaN);
        try {
            matrix.setLabel(labels);
            boolean many = rows.size() > 3000;
            Booster booster = XGBoost.train(
                    matrix,
                    settings(seed, many, rows.dimension()),
                    many ? 250 : 150,
                    new LinkedHashMap<>(),
                    null,
                    null);
            try {
                for (String tree : booster.getModelDump("", false, "json")) {
                    planter.plant(JSON.readTree(tree));
                }
            } finally {
                booster.dispose();
            }
        } finally {
            matrix.dispose();
        }
    }

    /** Small trees, slowly, each from a part of rows and columns: outcomes are few and noisy. */
    private static Map<String, Object> settings(long seed, boolean many, int dimension) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("objective", "reg:squarederror");
        settings.put("base_score", 0);
        settings.put("eta", 0.03);
        settings.put("max_depth", 0);
        settings.put("max_leaves", 7);
        settings.put("grow_policy", "lossguide");
        settings.put("min_child_weight", many ? 100 : 20);
        settings.put("lambda", many ? 50 : 10);
        settings.put("subsample", 0.7);
        settings.put("colsample_bytree", dimension > 100 ? 0.15 : 0.3);
        settings.put("tree_method", "hist");
        settings.put("nthread", 1); // the same trees on any machine
        settings.put("seed", seed & Integer.MAX_VALUE);
        settings.put("verbosity", 0);
        return settings;
    }

    /** For the tree that XGBoost printed. */
    static int feature(JsonNode node) {
        return Integer.parseInt(node.get("split").asText().substring(1));
    }

    @Override
    public FittedHead read(Weights weights) {
        return Forest.read(weights);
    }
}
