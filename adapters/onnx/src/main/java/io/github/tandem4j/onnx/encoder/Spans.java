package io.github.tandem4j.onnx.encoder;

import java.util.ArrayList;
import java.util.List;

/** From the labels of tokens to spans of text. */
final class Spans {
    private static final String NONE = "O";

    private final String text;
    private final Tokens tokens;
    private final Labels labels;

    private final List<LabelledSpan> spans = new ArrayList<>();
    private String label = NONE;
    private double sum;
    private int words;
    private int from;
    private int to;

    Spans(String text, Tokens tokens, Labels labels) {
        this.text = text;
        this.tokens = tokens;
        this.labels = labels;
    }

    /** @param logits of each token */
    List<LabelledSpan> of(float[][] logits) {
        for (int token = 0; token < tokens.count(); token++) {
            if (token > 0 && tokens.word(token) == tokens.word(token - 1)) {
                to = token; // the rest of a word is what its beginning is
            } else {
                add(token, labels.probabilities(logits[token]));
            }
        }
        end();
        return List.copyOf(spans);
    }

    private void add(int token, double[] probabilities) {
        int best = 0;
        for (int i = 1; i < probabilities.length; i++) {
            best = probabilities[i] > probabilities[best] ? i : best;
        }
        String name = labels.names().get(best);
        boolean begins = name.startsWith("B-");
        String bare = begins || name.startsWith("I-") ? name.substring(2) : name;
        if (begins || !bare.equals(label)) {
            end();
            label = bare;
            from = token;
        }
        to = token;
        sum += probabilities[best];
        words++;
    }

    private void end() {
        if (!label.equals(NONE)) {
            int start = text.offsetByCodePoints(0, tokens.start(from));
            int end = text.offsetByCodePoints(start, tokens.end(to) - tokens.start(from));
            spans.add(new LabelledSpan(label, sum / words, start, end, text.substring(start, end)));
        }
        label = NONE;
        sum = 0;
        words = 0;
    }
}
