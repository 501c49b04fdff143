package io.github.tandem4j.fusion;

import io.github.tandem4j.Decision;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Asks several endpoints at once and makes one answer of what they say.
 *
 * <pre>{@code
 * ModelEndpoint careful = Fusion.of(small, medium, large).byVote().quorum(2).build();
 * }</pre>
 *
 * <p>Members are asked in parallel, on the request's executor, which must not be bounded below the number of members at
 * all depths; each gets an equal share of what the budgets hold, and one that cannot take the request with that is not
 * asked. Their costs all count. When fewer than the quorum answer, the fusion fails, and those that still work are
 * stopped; what becomes of the voices that are missing above it is the caller's choice. A cancelled call always fails.
 * When the deadline passes, those who have answered by then are counted. Heard through a sink, the answer comes whole.
 *
 * <p>Thread-safe if its fuser is.
 */
public final class Fusion extends StrategyEndpoint {

    private final Fuser fuser;
    private final int quorum;
    private final MissingAnswers missing;

    private Fusion(Builder builder) {
        super(builder.id, "fusion", builder.members, profileOf(builder.members, builder.needed()));
        fuser = builder.fuser;
        quorum = builder.quorum;
        missing = builder.missing;
        if (quorum > builder.members.size()) {
            throw new IllegalArgumentException("quorum of " + builder.id + " is " + quorum + "; valid is 1 to "
                    + builder.members.size() + ", the number of its members");
        }
    }

    /** Starts a fusion of these members. */
    public static Builder of(ModelEndpoint... members) {
        return new Builder(List.of(members));
    }

    /** Starts a fusion of these members. */
    public static Builder of(List<ModelEndpoint> members) {
        return new Builder(List.copyOf(members));
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        List<TandemException> failures = new ArrayList<>();
        List<ModelEndpoint> able = able(call, failures);
        int tolerable = missing == MissingAnswers.FAIL ? 0 : able.size() - quorum;
        List<Reply> replies = new Round(id(), call, able, call.request().chat(), able.size())
                .stopsBeyond(tolerable)
                .replies(i -> "member", failures);
        call.throwIfCancelled(); // it reaches the members too, and is not a vote that went missing
        try {
            requireEnough(replies.size(), failures);
        } catch (TandemException e) {
            call.request()
                    .context()
                    .throwIfOver(id()); // what the members say of a passed deadline, they say in its name
            throw e;
        }
        Answers answers = new Answers(
                replies, missing == MissingAnswers.COUNT_AS_DISSENT ? members().size() - replies.size() : 0);
        Fused fused = call.plugIn("fuser", () -> fuser.fuse(call.request(), answers));
        call.decide(new Decision("fused " + replies.size() + " answers", fused.why(), fused.confidence()));
        Reply reply = fused.chosen()
                .map(chosen -> call.reply(chosen, fused.confidence()))
                .orElseGet(() -> call.reply(fused.response(), fused.confidence(), Evidence.none()));
        call.deliver(reply);
        return reply;
    }

    private List<ModelEndpoint> able(StrategyCall call, List<TandemException> failures) {
        List<ModelEndpoint> able = new ArrayList<>(members().size());
        for (ModelEndpoint member : members()) {
            TandemException refusal =
                    refusalAsOneOf(members().size(), member, call.request()).orElse(null);
            if (refusal == null) {
                able.add(member);
            } else {
                call.passOver("member", member, refusal);
                failures.add(refusal);
            }
        }
        requireEnough(able.size(), failures);
        return able;
    }

    private void requireEnough(int answers, List<TandemException> failures) {
        if (answers < quorum || (missing == MissingAnswers.FAIL && !failures.isEmpty())) {
            int needed = missing == MissingAnswers.FAIL ? members().size() : quorum;
            throw NoAnswerException.of(
                    id() + " needs " + needed + " answers of " + members().size() + " and can have " + answers,
                    failures);
        }
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        List<TandemException> refusals = new ArrayList<>();
        for (ModelEndpoint member : members()) {
            refusalAsOneOf(members().size(), member, request).ifPresent(refusals::add);
        }
        try {
            requireEnough(members().size() - refusals.size(), refusals);
            return Optional.empty();
        } catch (TandemException e) {
            return Optional.of(e);
        }
    }

    /**
     * Builds a fusion.
     *
     * <ul>
     *   <li>fuser: a vote over the answers' whole texts
     *   <li>quorum: 1
     *   <li>missing answers: left out
     *   <li>id: {@code fusion}
     * </ul>
     */
    public static final class Builder {

        private final List<ModelEndpoint> members;
        private Fuser fuser = Vote.byText();
        private int quorum = 1;
        private MissingAnswers missing = MissingAnswers.LEAVE_OUT;
        private String id = "fusion";

        private Builder(List<ModelEndpoint> members) {
            this.members = members;
        }

        /** Takes the answer that most members gave; see {@link Vote}. */
        public Builder byVote() {
            return by(Vote.byText());
        }

        /** Makes the answer by this fuser. */
        public Builder by(Fuser maker) {
            fuser = Objects.requireNonNull(maker, "fuser");
            return this;
        }

        /** Fails unless so many members answer; 1 or more. */
        public Builder quorum(int answers) {
            if (answers < 1) {
                throw new IllegalArgumentException("quorum is " + answers + "; valid is 1 to the number of members");
            }
            quorum = answers;
            return this;
        }

        /** Says what becomes of members that fail or cannot take the request, above the quorum. */
        public Builder whenAnswersAreMissing(MissingAnswers choice) {
            missing = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /** Names it in traces and errors. */
        public Builder named(String name) {
            id = Objects.requireNonNull(name, "name");
            return this;
        }

        private int needed() {
            return missing == MissingAnswers.FAIL ? members.size() : quorum;
        }

        /** {@return the fusion} */
        public Fusion build() {
            return new Fusion(this);
        }
    }
}
