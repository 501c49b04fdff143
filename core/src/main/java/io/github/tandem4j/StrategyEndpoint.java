package io.github.tandem4j;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The base of every endpoint that answers by asking others. A subclass says whom to ask and what to make of it, through
 * the {@link StrategyCall} that it is given; limits, costs, trace and listeners are kept there. A strategy never closes
 * its members.
 *
 * <p>Strategies nest up to {@value #DEEPEST} deep: a call takes a few frames of its thread's stack for each, and a stack
 * of the JVM's default size, on a platform thread or a virtual one, holds about twice as many.
 */
public abstract class StrategyEndpoint implements ModelEndpoint {

    /** Beyond it a call might overflow its thread's stack, at a depth that depends on who calls. */
    private static final int DEEPEST = 128;

    private final String id;
    private final String kind;
    private final List<ModelEndpoint> members;
    private final ModelProfile profile;
    private final int depth;

    /**
     * A strategy over these members.
     *
     * @param id its name in traces and errors; not blank
     * @param kind what it is, in a word, such as {@code cascade}
     * @param members whom it may ask; one at least, no two of the same id unless they are the same endpoint
     * @throws IllegalArgumentException if the members are none or share an id, or nest too deep
     */
    protected StrategyEndpoint(String id, String kind, Collection<? extends ModelEndpoint> members) {
        this(id, kind, members, profileOf(members, 1));
    }

    /**
     * A strategy over these members, with a profile of its own: such as that of the one member that it stands before.
     *
     * @param id its name in traces and errors; not blank
     * @param kind what it is, in a word, such as {@code resilient}
     * @param members whom it may ask; see the other constructor
     * @param profile what is known of it before it is asked
     * @throws IllegalArgumentException if the members are none or share an id, or nest too deep
     */
    protected StrategyEndpoint(
            String id, String kind, Collection<? extends ModelEndpoint> members, ModelProfile profile) {
        if (id.isBlank()) {
            throw new IllegalArgumentException("the id of a " + kind + " is blank; valid is a name such as assistant");
        }
        this.id = id;
        this.kind = kind;
        this.members = List.copyOf(members);
        requireDistinct();
        depth = 1 + deepestOf(this.members);
        if (depth > DEEPEST) {
            throw new IllegalArgumentException(kind + " " + id + " would be " + depth
                    + " strategies deep, from itself to its innermost member; valid is up to " + DEEPEST);
        }
        this.profile = Objects.requireNonNull(profile, "profile");
    }

    /**
     * {@return the profile of a strategy that asks several of its members: local if all are, and able to do what at least
     * so many of them can, as a pipeline must that hands the request to each}
     */
    protected static ModelProfile profileOf(Collection<? extends ModelEndpoint> members, int atLeast) {
        boolean local = members.stream().noneMatch(member -> member.profile().isRemote());
        ModelProfile.Builder profile = (local ? ModelProfile.local() : ModelProfile.remote()).provider("tandem");
        for (ModelCapability capability : ModelCapability.values()) {
            if (members.stream()
                            .filter(member -> member.profile().can(capability))
                            .count()
                    >= atLeast) {
                profile.can(capability);
            }
        }
        return profile.build();
    }

    /** Answers through the call that it is given. What it throws and is no {@link TandemException} becomes one. */
    protected abstract Reply conduct(StrategyCall call);

    /**
     * {@return why the members together cannot take this request, or empty if they may}
     *
     * <p>The call is known not to be over.
     */
    protected abstract Optional<TandemException> refusalByMembers(Request request);

    /** {@return why a member cannot take the request once {@link StrategyCall#askMasked} asks it, or empty if it may} */
    protected static Optional<TandemException> refusalOnceMasked(ModelEndpoint member, Request request) {
        return member.refusal(request.with(request.context().masked()));
    }

    /** {@return why a member cannot take the request as one of n that {@link StrategyCall#askAll} asks, or empty if it may} */
    protected static Optional<TandemException> refusalAsOneOf(int n, ModelEndpoint member, Request request) {
        return member.refusal(request.with(request.context().share(n)));
    }

    @Override
    public final Reply answer(Request request, TokenSink tokens) {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(tokens, "tokens");
        return new StrategyCall(this, request, tokens).run();
    }

    @Override
    public final Optional<TandemException> refusal(Request request) {
        try {
            request.context().throwIfOver(id);
            return refusalByMembers(request);
        } catch (TandemException e) {
            return Optional.of(e);
        } catch (RuntimeException e) {
            return Optional.of(threw(e));
        }
    }

    @Override
    public final String id() {
        return id;
    }

    /** {@return what it is, in a word, such as {@code cascade}} */
    public final String kind() {
        return kind;
    }

    /** {@return whom it may ask} */
    public final List<ModelEndpoint> members() {
        return members;
    }

    /**
     * {@return the courses that one call may take: of each, whom it asks, where a member that is asked several times stands
     * as often; what may be left undone, as by a cascade that keeps its first answer, and what only failures lead to, is
     * not told apart}
     *
     * <p>One course that asks each member as often as it is {@linkplain #members() named}, unless a strategy says
     * otherwise; what a call is expected to cost is reckoned from it.
     */
    public List<List<ModelEndpoint>> courses() {
        return List.of(members);
    }

    @Override
    public final ModelProfile profile() {
        return profile;
    }

    @Override
    public String toString() {
        return id + " (" + kind + " of "
                + members.stream().map(ModelEndpoint::id).toList() + ")";
    }

    PluginException threw(RuntimeException e) {
        return new PluginException(kind + " " + id + ", or an endpoint in it, threw " + e, e);
    }

    private void requireDistinct() {
        if (members.isEmpty()) {
            throw new IllegalArgumentException(kind + " " + id + " has no members; valid is one or more");
        }
        Set<ModelEndpoint> distinct = new HashSet<>(members);
        Set<String> ids = new HashSet<>();
        for (ModelEndpoint member : distinct) {
            if (!ids.add(member.id())) {
                throw new IllegalArgumentException(kind + " " + id + " has two different members with the id '"
                        + member.id() + "'; give each an id of its own");
            }
        }
    }

    private static int deepestOf(List<ModelEndpoint> members) {
        int deepest = 0;
        for (ModelEndpoint member : members) {
            if (member instanceof StrategyEndpoint strategy) {
                deepest = Math.max(deepest, strategy.depth);
            }
        }
        return deepest;
    }
}
