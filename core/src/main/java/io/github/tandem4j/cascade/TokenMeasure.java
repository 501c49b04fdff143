package io.github.tandem4j.cascade;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import java.util.function.ToDoubleFunction;

/** A measure that reads the scores of the answer's tokens, all of them or those so far. */
final class TokenMeasure implements ConfidenceMeasure {

    private final String name;
    private final boolean onlyFalls;
    private final ToDoubleFunction<TokenScores> of;

    TokenMeasure(String name, boolean onlyFalls, ToDoubleFunction<TokenScores> of) {
        this.name = name;
        this.onlyFalls = onlyFalls;
        this.of = of;
    }

    @Override
    public Confidence measure(Request request, Reply reply) {
        return reply.evidence()
                .get(EvidenceKey.TOKEN_SCORES)
                .filter(scores -> scores.size() > 0)
                .map(this::measured)
                .orElseGet(() -> Confidence.unknown(name + ": the reply has no token scores"));
    }

    @Override
    public Confidence measureSoFar(Request request, TokenScores soFar) {
        return measured(soFar);
    }

    @Override
    public boolean onlyFalls() {
        return onlyFalls;
    }

    private Confidence measured(TokenScores scores) {
        double value = of.applyAsDouble(scores);
        return Double.isFinite(value)
                ? Confidence.rawScore(value, name)
                : Confidence.unknown(name + ": the endpoint does not see the whole distribution");
    }
}
