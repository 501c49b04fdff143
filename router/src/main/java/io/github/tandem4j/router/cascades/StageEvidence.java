package io.github.tandem4j.router.cascades;

import java.util.List;

/**
 * Turns the answers so far into a few numbers. Of the latest answer: its confidence, whether that is missing, and its length.
 * Where there are earlier ones: the agreement with the one before, the confidence of that one, their product (a sure answer
 * that agrees speaks for this one, a sure answer that differs against it), and the mean agreement with all.
 *
 * @param scales of the confidence, one a stage
 */
record StageEvidence(List<ConfidenceScale> scales) {

    private static final int ALONE = 3;
    private static final int TOGETHER = 7;
    private static final int AGREEMENT = 3;

    StageEvidence {
        scales = List.copyOf(scales);
    }

    /** {@return how many numbers there are after so many answers} */
    static int size(int answers) {
        return answers == 1 ? ALONE : TOGETHER;
    }

    /** {@return which of them can only speak for the latest answer: its confidence, and that others agree} */
    static boolean[] rising(int answers) {
        boolean[] rising = new boolean[size(answers)];
        rising[0] = true;
        if (answers > 1) {
            rising[AGREEMENT] = true;
            rising[TOGETHER - 1] = true;
        }
        return rising;
    }

    /**
     * @param visited the {@link Visited} stages
     * @param answers by stage; those of the visited ones are there
     */
    double[] of(int visited, AnswerReading... answers) {
        int[] places = Visited.places(visited);
        int latest = places.length - 1;
        AnswerReading answer = answers[places[latest]];
        ConfidenceScale scale = scales.get(places[latest]);
        double[] features = new double[size(places.length)];
        features[0] = scale.spread(answer.confidence());
        features[1] = scale.mayMiss() && Double.isNaN(answer.confidence()) ? 1 : 0;
        features[2] = answer.logTokens();
        if (latest > 0) {
            AnswerReading before = answers[places[latest - 1]];
            double agreement = answer.agreementWith(before);
            double sure = scales.get(places[latest - 1]).spread(before.confidence());
            double sum = agreement;
            for (int i = 0; i < latest - 1; i++) {
                sum += answer.agreementWith(answers[places[i]]);
            }
            features[AGREEMENT] = agreement;
            features[AGREEMENT + 1] = sure;
            features[AGREEMENT + 2] = sure * (agreement - 0.5) * 2 / 3;
            features[TOGETHER - 1] = sum / latest;
        }
        return features;
    }
}
