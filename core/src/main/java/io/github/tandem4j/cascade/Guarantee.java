package io.github.tandem4j.cascade;

/**
 * A rule with a promise about the answers that it keeps, such as that at most a tenth of them are wrong. A cascade takes
 * it by {@link Cascade.Judged#acceptUnder}.
 *
 * <p>The promise is about all that this rule keeps. {@link #and} and {@link #unless} give a bare rule, which keeps fewer:
 * it keeps no more wrong answers than the guarantee would, but the share of wrong ones among those that it does keep may
 * be higher, since it may have deferred the right ones. So a guarantee that was narrowed is none, and {@code acceptUnder}
 * does not take it; make one for the narrowed rule instead.
 */
public interface Guarantee extends DeferralRule {

    /** {@return the promise in words, to follow on "the promise that", such as {@code at most 10 % of them are wrong}} */
    String promise();
}
