package io.github.tandem4j.auxiliary;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.WindowExceededException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A main endpoint with assistants that work for it.
 *
 * <pre>{@code
 * ModelEndpoint careful = Assisted.endpoint(large)
 *         .by(mask)          // outermost: sees the question first and the answer last
 *         .by(Assistants.hintFrom(small))
 *         .build();
 * }</pre>
 *
 * <p>Assistants stand outermost first: {@code mask(hint(large))}. An assistant's failure is the call's. A request that
 * the main endpoint could not take as it stands is refused before any assistant works, unless it is only too long.
 *
 * <p>Its members are the main endpoint and the {@linkplain Assistant#helpers() helpers}. It is remote if any of them is,
 * and can do what the main endpoint can. What a helper would refuse refuses no request beforehand, since an assistant may
 * do without it: a request that must stay local still gets the answer of a local main endpoint that a remote verifier
 * stands behind, unverified, while one whose remote helper must give a hint first fails at that helper.
 *
 * <p>Heard through a sink, the main endpoint's answer comes as it is made where every assistant asks for it by {@link
 * Assistance#answer}; else it comes whole.
 *
 * <p>Thread-safe if its assistants are.
 */
public final class Assisted extends StrategyEndpoint {

    private final ModelEndpoint main;
    private final List<Assistant> assistants;

    private Assisted(Builder builder) {
        super(builder.id, "assisted", builder.all(), builder.profile());
        main = builder.main;
        assistants = List.copyOf(builder.assistants);
    }

    /** Starts with the endpoint that is assisted. */
    public static Builder endpoint(ModelEndpoint main) {
        return new Builder(main);
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        refusalByMembers(call.request()).ifPresent(refusal -> {
            throw refusal;
        });
        Reply reply = new Assistance(call, main, assistants, call.request().chat(), call.tokens(), false).run();
        if (!call.wasHeard()) {
            call.deliver(reply);
        }
        return call.reply(reply);
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        boolean masked = assistants.stream().anyMatch(Assistant::masks);
        Optional<TandemException> refusal = masked ? refusalOnceMasked(main, request) : main.refusal(request);
        // An assistant may shorten the prompt: whether it fits is seen when the main endpoint is asked.
        return refusal.filter(reason -> !(reason instanceof WindowExceededException));
    }

    /** Builds an assisted endpoint. Its id is {@code assisted} unless it is named. */
    public static final class Builder {

        private final ModelEndpoint main;
        private final List<Assistant> assistants = new ArrayList<>();
        private String id = "assisted";

        private Builder(ModelEndpoint main) {
            this.main = Objects.requireNonNull(main, "main endpoint");
        }

        /** Adds an assistant, nearer to the main endpoint than those before it. */
        public Builder by(Assistant assistant) {
            assistants.add(Objects.requireNonNull(assistant, "assistant"));
            return this;
        }

        /** Names it in traces and errors. */
        public Builder named(String name) {
            id = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * {@return the assisted endpoint}
         *
         * @throws IllegalArgumentException if two different endpoints among it and its helpers share an id
         */
        public Assisted build() {
            if (assistants.isEmpty()) {
                throw new IllegalStateException("assisted endpoint " + id + " has no assistant; say by(assistant)");
            }
            return new Assisted(this);
        }

        private List<ModelEndpoint> all() {
            List<ModelEndpoint> all = new ArrayList<>();
            all.add(main);
            assistants.forEach(assistant -> all.addAll(assistant.helpers()));
            return all;
        }

        /** A helper's capabilities are of no use to whoever asks. */
        private ModelProfile profile() {
            boolean remote = all().stream().anyMatch(member -> member.profile().isRemote());
            return (remote ? ModelProfile.remote() : ModelProfile.local())
                    .provider("tandem")
                    .can(main.profile().capabilities())
                    .build();
        }
    }
}
