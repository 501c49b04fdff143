package io.github.tandem4j.cascade;

import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Decision;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Holds a stage's answer back while a judge hears it. Once the judge keeps it, all that was held back is given out and
 * the rest passes through: the cascade is committed. Once the judge defers, the stage is stopped.
 */
final class HeldBack implements TokenSink {

    private static final TokenScores NOT_SCORED = TokenScores.of(new float[0]);

    private record Piece(String text, TokenScores scores) {}

    private final StrategyCall call;
    private final TokenSink listener;
    private final RunningJudge judge;
    private final boolean mayCommit;
    private final boolean mayStop;
    private final Cancellation stop = Cancellation.create();
    private final List<Piece> pieces = new ArrayList<>();
    private volatile @Nullable Verdict verdict;
    private volatile boolean committed;

    /**
     * @param mayCommit whether an answer may be kept before its end
     * @param mayStop whether an answer may be deferred before its end
     */
    HeldBack(StrategyCall call, RunningJudge judge, boolean mayCommit, boolean mayStop) {
        this.call = call;
        this.listener = call.tokens();
        this.judge = judge;
        this.mayCommit = mayCommit;
        this.mayStop = mayStop;
    }

    @Override
    public void accept(String text) {
        accept(text, NOT_SCORED);
    }

    @Override
    public void accept(String text, TokenScores scores) {
        if (committed) {
            listener.accept(text, scores);
            return;
        }
        pieces.add(new Piece(text, scores));
        if (verdict == null) {
            verdict =
                    call.plugIn("deferral rule", () -> judge.hear(text, scores)).orElse(null);
            if (verdict != null) {
                decided(verdict);
            }
        }
    }

    private void decided(Verdict decisive) {
        if (decisive.keeps() && mayCommit) {
            committed = true;
            call.decide(new Decision("kept early", decisive.why(), decisive.confidence()));
            for (Piece piece : pieces) {
                listener.accept(piece.text, piece.scores);
            }
            pieces.clear();
        } else if (!decisive.keeps() && mayStop) {
            stop.cancel("deferred early, " + decisive.why());
        }
    }

    /** {@return what stops the stage} */
    Cancellation stop() {
        return stop;
    }

    /** {@return whether the stage's answer is the cascade's, whatever follows} */
    boolean isCommitted() {
        return committed;
    }

    /** {@return whether the stage was stopped, since its answer would have been deferred} */
    boolean isStopped() {
        return stop.isCancelled();
    }

    /** {@return what was decided; only if committed or stopped} */
    Verdict verdict() {
        return Objects.requireNonNull(verdict, "verdict");
    }
}
