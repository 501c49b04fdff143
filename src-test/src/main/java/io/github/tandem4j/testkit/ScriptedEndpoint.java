package io.github.tandem4j.testkit;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.LeafEndpoint;
import io.github.tandem4j.Model;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that plays a script: what it says, how sure it is, what it uses, how it fails, when it waits. It keeps all
 * limits as a real endpoint does, and remembers what it was asked and what it served.
 *
 * <pre>{@code
 * ScriptedEndpoint small = ScriptedEndpoint.named("small")
 *         .says(ScriptedAnswer.of("Paris").withTokenProbabilities(0.9))
 *         .fails(() -> new TransientException("busy", null))
 *         .build();
 * }</pre>
 *
 * <p>Each call takes the next turn of the script; the last turn repeats for ever. Thread-safe.
 */
public final class ScriptedEndpoint extends LeafEndpoint {

    private final List<Model> turns;
    private final @Nullable TokenCount promptTokens;
    private final AtomicInteger calls = new AtomicInteger();
    private final List<ChatRequest> asked = new CopyOnWriteArrayList<>();
    private final List<Completion> served = new CopyOnWriteArrayList<>();
    private final CountDownLatch firstCall = new CountDownLatch(1);

    private ScriptedEndpoint(Builder builder) {
        super(builder.id, builder.profile);
        turns = List.copyOf(builder.turns);
        promptTokens = builder.promptTokens;
    }

    /** Starts an endpoint of this id: local and free unless another profile is given. */
    public static Builder named(String id) {
        return new Builder(id);
    }

    /** {@return a local endpoint of this id that always says this} */
    public static ScriptedEndpoint saying(String id, String text) {
        return named(id).says(text).build();
    }

    @Override
    protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) throws Exception {
        asked.add(chat);
        firstCall.countDown();
        int turn = Math.min(calls.getAndIncrement(), turns.size() - 1);
        if (tokens == TokenSink.NONE) {
            return served(turns.get(turn).complete(chat, context, tokens));
        }
        StringBuilder said = new StringBuilder();
        TokenSink counting = new TokenSink() {
            @Override
            public void accept(String text) {
                said.append(text);
                tokens.accept(text);
            }

            @Override
            public void accept(String text, TokenScores scores) {
                said.append(text);
                tokens.accept(text, scores);
            }
        };
        try {
            return served(turns.get(turn).complete(chat, context, counting));
        } catch (Exception e) {
            if (!said.isEmpty()) {
                served(ScriptedAnswer.of(said.toString())
                        .using((int) countTokens(chat).tokens(), (int)
                                TokenCount.estimate(said.toString()).tokens())
                        .completion());
            }
            throw e;
        }
    }

    private Completion served(Completion completion) {
        served.add(completion);
        return completion;
    }

    @Override
    protected TokenCount countTokens(ChatRequest chat) {
        return promptTokens == null ? super.countTokens(chat) : promptTokens;
    }

    /** {@return how many calls have reached the model; those refused beforehand have not} */
    public int calls() {
        return calls.get();
    }

    /** {@return what the model was asked, in order} */
    public List<ChatRequest> asked() {
        return List.copyOf(asked);
    }

    /**
     * {@return what the model gave back, in order; of a call that failed after its first token what was said by then,
     * with an estimate of its tokens, as a provider bills it}
     */
    public List<Completion> served() {
        return List.copyOf(served);
    }

    /** {@return the prompt and completion tokens of all that the model gave back with usage} */
    public long servedTokens() {
        long sum = 0;
        for (Completion completion : served) {
            TokenUsage usage = completion.response().tokenUsage();
            sum += usage == null ? 0 : usage.totalTokenCount();
        }
        return sum;
    }

    /** Waits until a call has reached the model. */
    public void awaitCall() throws InterruptedException {
        firstCall.await();
    }

    /**
     * Builds a scripted endpoint.
     *
     * <ul>
     *   <li>profile: local, free
     *   <li>prompt tokens: the estimate of {@link TokenCount#estimate(ChatRequest)}
     * </ul>
     */
    public static final class Builder {

        private final String id;
        private final List<Model> turns = new ArrayList<>();
        private ModelProfile profile = ModelProfile.local().provider("scripted").build();
        private @Nullable TokenCount promptTokens;

        private Builder(String id) {
            this.id = id;
        }

        /** Gives it this profile. */
        public Builder profile(ModelProfile known) {
            profile = Objects.requireNonNull(known, "profile");
            return this;
        }

        /** Adds a turn for each text: see {@link ScriptedAnswer#of}. */
        public Builder says(String... texts) {
            for (String text : texts) {
                turns.add(ScriptedAnswer.of(text));
            }
            return this;
        }

        /** Adds a turn: this answer. */
        public Builder says(ScriptedAnswer answer) {
            turns.add(answer);
            return this;
        }

        /** Adds a turn that throws a new exception. */
        public Builder fails(Supplier<? extends Exception> failure) {
            return plays((chat, context, tokens) -> {
                throw failure.get();
            });
        }

        /** Adds a turn that says these words through the sink, and then throws a new exception. */
        public Builder breaksAfter(String words, Supplier<? extends Exception> failure) {
            return plays((chat, context, tokens) -> {
                tokens.accept(words);
                throw failure.get();
            });
        }

        /** Adds a turn that waits until the call is cut off. */
        public Builder waits() {
            return plays((chat, context, tokens) -> {
                new CountDownLatch(1).await();
                throw new AssertionError("a latch that nobody counts down was opened");
            });
        }

        /** Adds a turn that waits for this latch before it gives the answer. */
        public Builder saysAfter(CountDownLatch latch, ScriptedAnswer answer) {
            return plays((chat, context, tokens) -> {
                latch.await();
                return answer.complete(chat, context, tokens);
            });
        }

        /** Adds a turn of your own. */
        public Builder plays(Model turn) {
            turns.add(Objects.requireNonNull(turn, "turn"));
            return this;
        }

        /** Counts every prompt as this. */
        public Builder countsPromptsAs(TokenCount count) {
            promptTokens = Objects.requireNonNull(count, "count");
            return this;
        }

        /** {@return the endpoint} */
        public ScriptedEndpoint build() {
            if (turns.isEmpty()) {
                throw new IllegalStateException("scripted endpoint " + id + " has no turn; say says(text) or another");
            }
            return new ScriptedEndpoint(this);
        }
    }
}
