package io.github.tandem4j.onnx.gguf;

/** The llama architecture in plain loops and doubles: slow, without a cache, easy to check against its papers. */
public final class ReferenceLlama {
    private final TinyLlama model;

    /** Tokens that a token attends to at most, itself included. */
    private final int slidingWindow;

    public ReferenceLlama(TinyLlama model) {
        this(model, Integer.MAX_VALUE);
    }

    public ReferenceLlama(TinyLlama model, int slidingWindow) {
        this.model = model;
        this.slidingWindow = slidingWindow;
    }

    /** Negative log-likelihoods of all tokens but the first. */
    public double[] nll(int[] ids) {
        double[][] hidden = run(ids, TinyLlama.LAYERS);
        double[] nll = new double[ids.length - 1];
        for (int t = 0; t < nll.length; t++) {
            nll[t] = -logProbability(hidden[t], ids[t + 1]);
        }
        return nll;
    }

    /** The residual stream behind so many layers, a row a token. */
    public double[][] run(int[] ids, int layers) {
        double[][] hidden = new double[ids.length][];
        for (int t = 0; t < ids.length; t++) {
            hidden[t] = row("token_embd.weight", ids[t], TinyLlama.HIDDEN);
        }
        for (int layer = 0; layer < layers; layer++) {
            String prefix = "blk." + layer + ".";
            attend(prefix, hidden);
            for (double[] x : hidden) {
                double[] normed = norm(prefix + "ffn_norm.weight", x);
                double[] gate = multiply(prefix + "ffn_gate.weight", normed);
                double[] up = multiply(prefix + "ffn_up.weight", normed);
                for (int i = 0; i < gate.length; i++) {
                    gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
                }
                add(x, multiply(prefix + "ffn_down.weight", gate));
            }
        }
        return hidden;
    }

    /** What the logits are a product of, of a row behind all layers. */
    public double[] outputNorm(double[] hidden) {
        return norm("output_norm.weight", hidden);
    }

    public double logProbability(double[] hidden, int id) {
        String output = model.isTied() ? "token_embd.weight" : "output.weight";
        double[] logits = multiply(output, outputNorm(hidden));
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit);
        }
        return logits[id] - Math.log(sum);
    }

    private void attend(String prefix, double[][] hidden) {
        double[][] queries = new double[hidden.length][];
        double[][] keys = new double[hidden.length][];
        double[][] values = new double[hidden.length][];
        for (int t = 0; t < hidden.length; t++) {
            double[] normed = norm(prefix + "attn_norm.weight", hidden[t]);
            queries[t] = rotate(multiply(prefix + "attn_q.weight", normed), t);
            keys[t] = rotate(multiply(prefix + "attn_k.weight", normed), t);
            values[t] = multiply(prefix + "attn_v.weight", normed);
        }
        for (int t = 0; t < hidden.length; t++) {
            double[] all = new double[TinyLlama.HIDDEN];
            for (int head = 0; head < TinyLlama.HEADS; head++) {
                int shared = head / (TinyLlama.HEADS / TinyLlama.KEY_VALUE_HEADS);
                double[] weights = new double[t + 1];
                double sum = 0;
                int first = Math.max(0, t - slidingWindow + 1);
                for (int s = first; s <= t; s++) {
                    double dot = 0;
                    for (int i = 0; i < TinyLlama.HEAD; i++) {
                        dot += queries[t][head * TinyLlama.HEAD + i] * keys[s][shared * TinyLlama.HEAD + i];
                    }
                    weights[s] = Math.exp(dot / Math.sqrt(TinyLlama.HEAD));
                    sum += weights[s];
                }
                for (int s = first; s <= t; s++) {
                    for (int i = 0; i < TinyLlama.HEAD; i++) {
                        all[head * TinyLlama.HEAD + i] += weights[s] / sum * values[s][shared * TinyLlama.HEAD + i];
                    }
                }
            }
            add(hidden[t], multiply(prefix + "attn_output.weight", all));
        }
    }

    private static double[] rotate(double[] x, int position) {
        for (int i = 0; i < x.length; i += 2) {
            double angle = position * Math.pow(10_000, -(double) (i % TinyLlama.HEAD) / TinyLlama.HEAD);
            double a = x[i];
            double b = x[i + 1];
            x[i] = a * Math.cos(angle) - b * Math.sin(angle);
            x[i + 1] = a * Math.sin(angle) + b * Math.cos(angle);
        }
        return x;
    }

    private double[] norm(String name, double[] x) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double factor = 1 / Math.sqrt(squares / x.length + 1e-5);
        float[] scale = model.floats(name);
        double[] normed = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            normed[i] = x[i] * factor * scale[i];
        }
        return normed;
    }

    private double[] multiply(String name, double[] x) {
        double[] y = new double[model.floats(name).length / x.length];
        for (int r = 0; r < y.length; r++) {
            double[] row = row(name, r, x.length);
            for (int c = 0; c < x.length; c++) {
                y[r] += row[c] * x[c];
            }
        }
        return y;
    }

    private double[] row(String name, int row, int columns) {
        double[] values = new double[columns];
        for (int c = 0; c < columns; c++) {
            values[c] = model.floats(name)[row * columns + c];
        }
        return values;
    }

    private static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }
}
