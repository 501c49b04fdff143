package io.github.tandem4j.onnx;

/**
 * What tokens lose for having come before.
 *
 * @param repetition divides a positive logit and multiplies a negative one, of tokens of prompt and completion (Keskar et
 *     al., 2019, CTRL); 1 is none
 * @param presence is taken off the logit of tokens of the completion, once; 0 is none
 * @param frequency is taken off the logit of tokens of the completion, for each time; 0 is none
 */
record Penalties(double repetition, double presence, double frequency) {
    static final Penalties NONE = new Penalties(1, 0, 0);

    Penalties repetition(double changed) {
        return new Penalties(changed, presence, frequency);
    }

    Penalties presence(double changed) {
        return new Penalties(repetition, changed, frequency);
    }

    Penalties frequency(double changed) {
        return new Penalties(repetition, presence, changed);
    }

    boolean areNone() {
        return repetition == 1 && presence == 0 && frequency == 0;
    }

    float penalised(float logit, int timesInCompletion) {
        double repeated = logit > 0 ? logit / repetition : logit * repetition;
        return (float) (repeated - (timesInCompletion > 0 ? presence : 0) - frequency * timesInCompletion);
    }
}
