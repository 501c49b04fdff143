package io.github.tandem4j.fusion;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.github.tandem4j.Ballot;
import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * Asks one endpoint the same several times, at a temperature at which its answers vary, and takes the answer that it
 * gives most often; how often is the confidence (Wang et al., Self-Consistency Improves Chain of Thought Reasoning in
 * Language Models, 2022).
 *
 * <pre>{@code
 * Cascade.startingWith(SelfConsistency.of(small).samples(5).build())
 *         .keepWhen(reported().atLeast(0.6))
 *         .deferTo(large)
 *         .build();
 * }</pre>
 *
 * <p><b>Answer.</b> Two samples agree if their {@link Ballot}s are equal; of two answers as frequent, the one that came
 * first wins. The first sample of the majority is the answer, word for word, with its own evidence. A sample that was cut
 * by its limit of tokens agrees with none, and so does one that is blank, or of which nothing is read; if all are such,
 * the first that was cut is the answer, or else the first, at confidence 0.
 *
 * <p><b>Confidence.</b> A raw score: the share of the planned samples that are known to agree. Those that were not drawn
 * count as if they did not, so after an early stop it is a lower bound of the share that all would have had.
 *
 * <p><b>Early stop.</b> Drawing ends as soon as more than half of all planned samples agree, which no other answer can
 * overtake. So the answer is always the one that drawing all would have given, and {@code reported().atLeast(t)} decides
 * as it would have then, for every {@code t} up to that majority's share (0.6 of five). To keep by a larger share, name
 * it by {@link Builder#stopAtAgreement}.
 *
 * <p><b>Cost.</b> Every sample counts. As many are asked at once as are needed at least for a decision, three of five at
 * first, so that it draws no more than one after the other would, unless samples fail. They run on the request's
 * executor, which must not be bounded below their number at all depths. Each planned sample has an equal share of what
 * the budgets hold; a request of which they do not cover all planned samples is refused before the first. When the
 * deadline passes, the samples that were drawn by then are counted, and the others are missing. A cancelled call always
 * fails. Heard through a sink, the answer comes whole.
 *
 * <p><b>Sampling.</b> The temperature replaces the request's own, since at a request's 0 all samples would be one. An
 * endpoint that ignores it, that has a fixed seed, or that serves from a cache gives the same answer each time: then all
 * samples agree, and that means nothing.
 *
 * <p>Thread-safe if what it compares by is.
 */
public final class SelfConsistency extends StrategyEndpoint {

    private final ModelEndpoint member;
    private final int samples;
    private final int atOnce;
    private final OptionalDouble temperature;
    private final OptionalDouble agreement;
    private final Function<Reply, String> reading;
    private final MissingAnswers missing;

    private SelfConsistency(Builder builder) {
        super(builder.id, "self-consistency", List.of(builder.member));
        member = builder.member;
        samples = builder.samples;
        atOnce = builder.atOnce;
        temperature = builder.temperature;
        agreement = builder.agreement;
        reading = builder.reading;
        missing = builder.missing;
    }

    /** Starts with the endpoint that is asked several times. */
    public static Builder of(ModelEndpoint member) {
        return new Builder(member);
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        refusalByMembers(call.request()).ifPresent(refusal -> {
            throw refusal;
        });
        List<TandemException> failures = new ArrayList<>();
        Draws draws = new Draws(samples, agreement, missing == MissingAnswers.COUNT_AS_DISSENT, new Tally(reading));
        boolean late = false;
        while (!draws.isOver() && !late) {
            draw(call, draws, failures);
            late = isLate(call.request());
        }
        return answer(call, draws, failures);
    }

    private void draw(StrategyCall call, Draws draws, List<TandemException> failures) {
        int before = draws.drawn();
        int now = Math.min(atOnce, draws.neededAtLeast());
        List<ModelEndpoint> asked = Collections.nCopies(now, member);
        List<Reply> replies = new Round(
                        id(), call, asked, sampled(call.request().chat()), draws.left())
                .stopsBeyond(missing == MissingAnswers.FAIL ? 0 : now)
                .replies(i -> "sample " + (before + i + 1) + " of " + samples, failures);
        call.throwIfCancelled(); // it reaches the samples too, and is not one that went missing
        if (missing == MissingAnswers.FAIL && replies.size() < now) {
            throw noAnswer(call, failures);
        }
        call.plugIn("reading", () -> {
            replies.forEach(draws::answered);
            return draws;
        });
        draws.failed(now - replies.size());
    }

    private Reply answer(StrategyCall call, Draws draws, List<TandemException> failures) {
        if (!draws.isOver()) { // the deadline has passed
            draws.outOfTime();
            if (missing == MissingAnswers.FAIL) {
                throw noAnswer(call, failures);
            }
        }
        if (!draws.hasAnswer()) {
            throw noAnswer(call, failures);
        }
        int drawn = draws.drawn();
        call.decide(new Decision(
                (drawn < samples ? "stopped after " + drawn + " of " : "drew ") + samples + " samples",
                draws.toString(),
                draws.confidence()));
        Reply reply = call.reply(draws.leader(), draws.confidence());
        call.deliver(reply);
        return reply;
    }

    /** What the samples say of a passed deadline, they say in its name. */
    private TandemException noAnswer(StrategyCall call, List<TandemException> failures) {
        call.request().context().throwIfOver(id());
        return NoAnswerException.of("samples of " + id() + " failed", failures);
    }

    private static boolean isLate(Request request) {
        return request.context()
                .remaining()
                .filter(left -> left.compareTo(Duration.ZERO) <= 0)
                .isPresent();
    }

    private ChatRequest sampled(ChatRequest chat) {
        if (temperature.isEmpty()) {
            return chat;
        }
        ChatRequestParameters hotter = ChatRequestParameters.builder()
                .temperature(temperature.getAsDouble())
                .build();
        return ChatRequest.builder()
                .messages(chat.messages())
                .parameters(chat.parameters().overrideWith(hotter))
                .build();
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        return refusalAsOneOf(samples, member, request.chat(sampled(request.chat())));
    }

    /**
     * Builds a self-consistency.
     *
     * <ul>
     *   <li>samples: 5
     *   <li>temperature: 0.7, in place of the request's
     *   <li>compared: whole texts, or tool calls
     *   <li>early stop: at more than half
     *   <li>at once: as many as are needed at least for a decision
     *   <li>failed samples: count as dissent
     *   <li>id: {@code self-consistency}
     * </ul>
     */
    public static final class Builder {

        private final ModelEndpoint member;
        private int samples = 5;
        private int atOnce = Integer.MAX_VALUE;
        private OptionalDouble temperature = OptionalDouble.of(0.7);
        private OptionalDouble agreement = OptionalDouble.empty();
        private Function<Reply, String> reading = Reply::text;
        private MissingAnswers missing = MissingAnswers.COUNT_AS_DISSENT;
        private String id = "self-consistency";

        private Builder(ModelEndpoint member) {
            this.member = Objects.requireNonNull(member, "member");
        }

        /** Plans this many samples, 2 to 64. */
        public Builder samples(int count) {
            if (count < 2 || count > 64) {
                throw new IllegalArgumentException("number of samples is " + count + "; valid is 2 to 64");
            }
            samples = count;
            return this;
        }

        /** Samples at this temperature, above 0; what a provider takes at most is its own affair, often 1 or 2. */
        public Builder temperature(double value) {
            if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("temperature is " + value
                        + "; valid is above 0, since all samples are the same at 0, and finite");
            }
            temperature = OptionalDouble.of(value);
            return this;
        }

        /** Leaves the temperature to the request and the endpoint: for models that vary by themselves and take none. */
        public Builder keepTemperature() {
            temperature = OptionalDouble.empty();
            return this;
        }

        /** Compares what this reads from each answer, such as its last line, instead of its whole text. */
        public Builder comparing(Function<Reply, String> part) {
            reading = Objects.requireNonNull(part, "part");
            return this;
        }

        /**
         * Stops as soon as it is settled whether this share of the samples agrees: once it does and no other answer can
         * overtake, or once it no longer can. A rule {@code reported().atLeast(share)} then decides as it would have with
         * all samples, for fewer. Where the share is out of reach, the answer is the most frequent one so far, which is
         * not always the one that all samples would have given.
         *
         * @param share above 0, at most 1
         */
        public Builder stopAtAgreement(double share) {
            if (!(share > 0 && share <= 1)) {
                throw new IllegalArgumentException("share that agrees is " + share + "; valid is above 0, at most 1");
            }
            agreement = OptionalDouble.of(share);
            return this;
        }

        /** Asks no more than this many samples at once, 1 or more; fewer spare a model that shares this machine. */
        public Builder atOnce(int most) {
            if (most < 1) {
                throw new IllegalArgumentException("samples at once are " + most + "; valid is 1 or more");
            }
            atOnce = most;
            return this;
        }

        /**
         * Says what becomes of samples that fail, or that a deadline leaves no time for, as long as one answers. Left out,
         * they do not count as planned: one sample that answers alone then agrees with itself, at confidence 1.
         */
        public Builder whenSamplesFail(MissingAnswers choice) {
            missing = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /** Names it in traces and errors. */
        public Builder named(String name) {
            id = Objects.requireNonNull(name, "name");
            return this;
        }

        /** {@return the self-consistency} */
        public SelfConsistency build() {
            return new SelfConsistency(this);
        }
    }
}
