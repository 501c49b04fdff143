package io.github.tandem4j.cascade;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Decision;
import io.github.tandem4j.RevocableSink;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds a stage's answer back while a judge hears it. Once the judge keeps it, all that was held back is given out and
 * the rest passes through: the cascade is committed. Once the judge defers, the stage is stopped. When the stage has ended
 * uncommitted, nothing that still comes of it counts.
 */
final class HeldBack implements RevocableSink {

    private static final TokenScores NOT_SCORED = TokenScores.of(new float[0]);

    private enum State {
        HOLDING,
        COMMITTED,
        CLOSED
    }

    private record Piece(String text, TokenScores scores) {}

    private final StrategyCall call;
    private final String stage;
    private final TokenSink listener;
    private final Supplier<RunningJudge> judges;
    private final boolean mayCommit;
    private final boolean mayStop;
    private final Cancellation stop = Cancellation.create();
    private final List<Piece> pieces = new ArrayList<>();
    private final AtomicReference<State> state = new AtomicReference<>(State.HOLDING);
    private RunningJudge judge;
    private volatile @Nullable Verdict verdict;

    /**
     * @param judges makes a judge for each answer that the stage begins
     * @param mayCommit whether an answer may be kept before its end
     * @param mayStop whether an answer may be deferred before its end
     */
    HeldBack(StrategyCall call, String stage, Supplier<RunningJudge> judges, boolean mayCommit, boolean mayStop) {
        this.call = call;
        this.stage = stage;
        this.listener = call.tokens();
        this.judges = judges;
        this.judge = judges.get();
        this.mayCommit = mayCommit;
        this.mayStop = mayStop;
    }

    /** {@return one; null if the judge waits for the whole answer, or may decide nothing before} */
    static @Nullable HeldBack whileHeard(
            StrategyCall call, String stage, Supplier<RunningJudge> judges, boolean mayCommit, boolean mayStop) {
        return judges.get() == RunningJudge.PATIENT || (!mayStop && !mayCommit)
                ? null
                : new HeldBack(call, stage, judges, mayCommit, mayStop);
    }

    @Override
    public void accept(String text) {
        accept(text, NOT_SCORED);
    }

    @Override
    public void accept(String text, TokenScores scores) {
        if (isCommitted()) {
            listener.accept(text, scores);
            return;
        }
        if (state.get() == State.CLOSED) {
            throw new CallCancelledException(stage + " has ended; nobody listens any more");
        }
        pieces.add(new Piece(text, scores));
        if (verdict == null) {
            Verdict decisive =
                    call.plugIn("deferral rule", () -> judge.hear(text, scores)).orElse(null);
            if (decisive != null) {
                verdict = decisive;
                decided(decisive);
            }
        }
    }

    private void decided(Verdict decisive) {
        if (decisive.keeps() && mayCommit && state.compareAndSet(State.HOLDING, State.COMMITTED)) {
            call.decide(new Decision("kept early", decisive.why(), decisive.confidence()));
            for (Piece piece : pieces) {
                listener.accept(piece.text, piece.scores);
            }
            pieces.clear();
        } else if (!decisive.keeps() && mayStop) {
            stop.cancel("deferred early, " + decisive.why());
        }
    }

    /** An answer that was decided to be deferred is not begun anew either: its stage is stopped. */
    @Override
    public boolean isHeldBack() {
        return !isCommitted();
    }

    @Override
    public void takeBack() {
        pieces.clear();
        verdict = null;
        judge = judges.get();
    }

    /** {@return what stops the stage} */
    Cancellation stop() {
        return stop;
    }

    /** From now on the stage can commit no more. */
    void close() {
        state.compareAndSet(State.HOLDING, State.CLOSED);
    }

    /** {@return whether the stage's answer is the cascade's, whatever follows} */
    boolean isCommitted() {
        return state.get() == State.COMMITTED;
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
