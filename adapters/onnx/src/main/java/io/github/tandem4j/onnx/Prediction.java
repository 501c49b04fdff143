package io.github.tandem4j.onnx;

import io.github.tandem4j.NextToken;

/**
 * What the model says of the token after a position, before any tempering.
 *
 * @param id the likeliest token
 * @param topLogit its logit
 * @param probability of it, 0 to 1
 * @param margin to the second likeliest's probability, 0 to 1
 * @param entropy of the whole distribution, in nats
 * @param logSumExp of the logits, which turns a logit into a log-probability
 * @param targetLogit the logit of the token that was asked about
 */
record Prediction(
        int id,
        double topLogit,
        double probability,
        double margin,
        double entropy,
        double logSumExp,
        double targetLogit) {
    static Prediction of(
            long id,
            float topLogit,
            float topProbability,
            float secondProbability,
            float meanLogit,
            float targetLogit) {
        double logSumExp = topLogit - Math.log(topProbability);
        return new Prediction(
                (int) id,
                topLogit,
                topProbability,
                topProbability - secondProbability,
                Math.max(0, logSumExp - meanLogit),
                logSumExp,
                targetLogit);
    }

    double logProbability(double logit) {
        return Math.min(0, logit - logSumExp);
    }

    NextToken nextToken() {
        return new NextToken(entropy, probability, margin);
    }
}
