package io.github.tandem4j.router.learning;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Grown trees in flat arrays: a node's children stand behind it, so that every path ends. */
final class Forest implements FittedHead {

    private static final int LEAF = -1;

    private final int dimension;
    private final double[] means;
    private final int[] roots;
    private final int[] owners;
    private final int[] features;
    private final float[] numbers;
    private final int[] left;
    private final int[] right;

    private Forest(
            int dimension,
            double[] means,
            int[] roots,
            int[] owners,
            int[] features,
            float[] numbers,
            int[] left,
            int[] right) {
        this.dimension = dimension;
        this.means = means;
        this.roots = roots;
        this.owners = owners;
        this.features = features;
        this.numbers = numbers;
        this.left = left;
        this.right = right;
    }

    @Override
    public double[][] predict(FeatureRows rows) {
        double[][] predicted = new double[means.length][rows.size()];
        for (int i = 0; i < rows.size(); i++) {
            float[] row = rows.values(i);
            for (int t = 0; t < means.length; t++) {
                predicted[t][i] = means[t];
            }
            for (int tree = 0; tree < roots.length; tree++) {
                int node = roots[tree];
                while (features[node] != LEAF) {
                    node = row[features[node]] < numbers[node] ? left[node] : right[node];
                }
                predicted[owners[tree]][i] += numbers[node];
            }
        }
        return predicted;
    }

    @Override
    public void write(Weights weights) {
        weights.put("dimension", dimension)
                .put("means", means)
                .put("roots", roots)
                .put("owners", owners)
                .put("features", features)
                .put("numbers", numbers)
                .put("left", left)
                .put("right", right);
    }

    static Forest read(Weights weights) {
        int dimension = weights.integer("dimension");
        double[] means = weights.doubles("means", -1);
        int[] roots = weights.integers("roots", -1);
        int[] owners = weights.integers("owners", roots.length);
        int[] features = weights.integers("features", -1);
        int nodes = features.length;
        float[] numbers = weights.floats("numbers", nodes);
        int[] left = weights.integers("left", nodes);
        int[] right = weights.integers("right", nodes);
        for (int node = 0; node < nodes; node++) {
            boolean leaf = features[node] == LEAF;
            if (features[node] < LEAF
                    || features[node] >= dimension
                    || (!leaf && (left[node] <= node || left[node] >= nodes))
                    || (!leaf && (right[node] <= node || right[node] >= nodes))) {
                throw Weights.wrong("features", "have a node " + node + " that leads nowhere or reads no feature");
            }
        }
        for (int tree = 0; tree < roots.length; tree++) {
            if (roots[tree] < 0 || roots[tree] >= nodes || owners[tree] < 0 || owners[tree] >= means.length) {
                throw Weights.wrong("roots", "have a tree " + tree + " without a root or a target");
            }
        }
        return new Forest(dimension, means, roots, owners, features, numbers, left, right);
    }

    /** Takes trees as XGBoost prints them. */
    static final class Planter {

        private final int dimension;
        private final double[] means;
        private int target;
        private int trees;
        private int nodes;
        private int[] roots = new int[256];
        private int[] owners = new int[256];
        private int[] features = new int[1024];
        private float[] numbers = new float[1024];
        private int[] left = new int[1024];
        private int[] right = new int[1024];

        Planter(int dimension, int targets) {
            this.dimension = dimension;
            means = new double[targets];
        }

        void start(int ofTarget, double mean) {
            target = ofTarget;
            means[target] = mean;
        }

        void plant(JsonNode tree) {
            if (trees == roots.length) {
                roots = Arrays.copyOf(roots, trees * 2);
                owners = Arrays.copyOf(owners, trees * 2);
            }
            roots[trees] = nodes;
            owners[trees++] = target;
            add(tree);
        }

        private int add(JsonNode node) {
            if (nodes == features.length) {
                features = Arrays.copyOf(features, nodes * 2);
                numbers = Arrays.copyOf(numbers, nodes * 2);
                left = Arrays.copyOf(left, nodes * 2);
                right = Arrays.copyOf(right, nodes * 2);
            }
            int at = nodes++;
            if (node.has("leaf")) {
                features[at] = LEAF;
                numbers[at] = (float) node.get("leaf").asDouble();
                return at;
            }
            features[at] = Trees.feature(node);
            numbers[at] = (float) node.get("split_condition").asDouble();
            Map<Integer, JsonNode> children = new HashMap<>();
            node.get("children")
                    .forEach(child -> children.put(child.get("nodeid").asInt(), child));
            int yes = add(child(children, node, "yes"));
            int no = add(child(children, node, "no"));
            left[at] = yes;
            right[at] = no;
            return at;
        }

        private static JsonNode child(Map<Integer, JsonNode> children, JsonNode node, String branch) {
            return Objects.requireNonNull(children.get(node.get(branch).asInt()), branch);
        }

        Forest forest() {
            return new Forest(
                    dimension,
                    means,
                    Arrays.copyOf(roots, trees),
                    Arrays.copyOf(owners, trees),
                    Arrays.copyOf(features, nodes),
                    Arrays.copyOf(numbers, nodes),
                    Arrays.copyOf(left, nodes),
                    Arrays.copyOf(right, nodes));
        }
    }
}
