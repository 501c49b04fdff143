package io.github.tandem4j.cascade;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** A measure that reads the scores of the answer's tokens: of all, and if it can be told as they come, of those so far. */
final class TokenMeasure implements ConfidenceMeasure {

    /** What is told of the tokens so far, when the next one is added; NaN if it is not known. */
    interface SoFar {
        double with(TokenScores scores, int index);
    }

    private final String name;
    private final ToDoubleFunction<TokenScores> ofAll;
    private final @Nullable Supplier<SoFar> soFar;
    private final boolean onlyFalls;

    TokenMeasure(String name, ToDoubleFunction<TokenScores> ofAll, @Nullable Supplier<SoFar> soFar, boolean onlyFalls) {
        this.name = name;
        this.ofAll = ofAll;
        this.soFar = soFar;
        this.onlyFalls = onlyFalls;
    }

    @Override
    public Confidence measure(Request request, Reply reply) {
        return reply.evidence()
                .get(EvidenceKey.TOKEN_SCORES)
                .filter(scores -> scores.size() > 0)
                .map(scores -> confidence(ofAll.applyAsDouble(scores)))
                .orElseGet(() -> Confidence.unknown(name + ": the reply has no token scores"));
    }

    @Override
    public Optional<RunningMeasure> running() {
        if (soFar == null) {
            return Optional.empty();
        }
        SoFar tokens = soFar.get();
        return Optional.of((scores, index) -> confidence(tokens.with(scores, index)));
    }

    @Override
    public boolean onlyFalls() {
        return onlyFalls;
    }

    private Confidence confidence(double value) {
        return Double.isFinite(value)
                ? Confidence.rawScore(value, name)
                : Confidence.unknown(name + ": the endpoint does not see the whole distribution");
    }
}
