package io.github.tandem4j;

import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an endpoint before it is asked: where it runs, what it costs, how much it reads and what it can do.
 * Immutable.
 *
 * <p>A strategy's profile is drawn from its members: it is local if all of them are, can do what those of them can that
 * may answer and must take a request (one of a routing's or a cascade's, every step of a pipeline's, a fusion's quorum),
 * and has neither price nor window of its own.
 */
public final class ModelProfile {

    /** Where a model runs, which is how far a prompt travels to reach it. */
    public enum Location {
        /** In this process or on this machine: the prompt does not leave it. */
        LOCAL,
        /** Behind a network. */
        REMOTE
    }

    private final Location location;
    private final String provider;
    private final @Nullable Price price;
    private final @Nullable Integer contextWindow;
    private final @Nullable Integer maxOutputTokens;
    private final Set<ModelCapability> capabilities;

    private ModelProfile(Builder builder) {
        location = builder.location;
        provider = builder.provider;
        price = builder.price;
        contextWindow = builder.contextWindow;
        maxOutputTokens = builder.maxOutputTokens;
        capabilities = Set.copyOf(builder.capabilities);
    }

    /** {@return a builder for a local model: free of charge unless priced} */
    public static Builder local() {
        return new Builder(Location.LOCAL).price(Price.FREE);
    }

    /** {@return a builder for a remote model: of unknown price unless priced} */
    public static Builder remote() {
        return new Builder(Location.REMOTE);
    }

    /** {@return where it runs} */
    public Location location() {
        return location;
    }

    /** {@return whether a prompt leaves this machine to reach it} */
    public boolean isRemote() {
        return location == Location.REMOTE;
    }

    /** {@return who serves it, such as {@code openai} or {@code onnx}} */
    public String provider() {
        return provider;
    }

    /** {@return what its tokens cost; empty if that is not known, which is never the same as free} */
    public Optional<Price> price() {
        return Optional.ofNullable(price);
    }

    /** {@return how many tokens prompt and completion may have together; empty if not known} */
    public OptionalInt contextWindow() {
        return contextWindow == null ? OptionalInt.empty() : OptionalInt.of(contextWindow);
    }

    /** {@return the longest completion it makes when a request does not say, in tokens; empty if not known} */
    public OptionalInt maxOutputTokens() {
        return maxOutputTokens == null ? OptionalInt.empty() : OptionalInt.of(maxOutputTokens);
    }

    /** {@return what it can do} */
    public Set<ModelCapability> capabilities() {
        return capabilities;
    }

    /** {@return whether it can do this} */
    public boolean can(ModelCapability capability) {
        return capabilities.contains(capability);
    }

    @Override
    public String toString() {
        return location + " " + provider + ", " + price().map(Price::toString).orElse("price not known") + ", window "
                + (contextWindow == null ? "not known" : contextWindow) + ", " + capabilities;
    }

    /**
     * Builds a profile.
     *
     * <ul>
     *   <li>provider: {@code unknown}
     *   <li>price: free for a local model, not known for a remote one
     *   <li>context window and longest completion: not known
     *   <li>capabilities: none
     * </ul>
     */
    public static final class Builder {

        private final Location location;
        private String provider = "unknown";
        private @Nullable Price price;
        private @Nullable Integer contextWindow;
        private @Nullable Integer maxOutputTokens;
        private final Set<ModelCapability> capabilities = EnumSet.noneOf(ModelCapability.class);

        private Builder(Location location) {
            this.location = location;
        }

        /** Names who serves the model. */
        public Builder provider(String name) {
            provider = Objects.requireNonNull(name, "provider");
            return this;
        }

        /** Sets what its tokens cost. */
        public Builder price(Price known) {
            price = Objects.requireNonNull(known, "price");
            return this;
        }

        /** Sets how many tokens prompt and completion may have together, one or more. */
        public Builder contextWindow(int tokens) {
            contextWindow = positive("context window", tokens);
            return this;
        }

        /** Sets the longest completion it makes when a request does not say, one token or more. */
        public Builder maxOutputTokens(int tokens) {
            maxOutputTokens = positive("longest completion", tokens);
            return this;
        }

        /** Adds what it can do. */
        public Builder can(ModelCapability... more) {
            capabilities.addAll(List.of(more));
            return this;
        }

        /** Adds what it can do. */
        public Builder can(Set<ModelCapability> more) {
            capabilities.addAll(more);
            return this;
        }

        /** {@return the profile} */
        public ModelProfile build() {
            return new ModelProfile(this);
        }

        private static int positive(String what, int tokens) {
            if (tokens < 1) {
                throw new IllegalArgumentException(what + " is " + tokens + " tokens; valid is 1 or more");
            }
            return tokens;
        }
    }
}
