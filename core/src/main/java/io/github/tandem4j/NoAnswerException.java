package io.github.tandem4j;

import java.util.List;

/**
 * Too few of a strategy's members answered to make an answer of. The first member's failure is the cause of this one, and
 * the others' are {@linkplain #getSuppressed() suppressed}.
 */
public final class NoAnswerException extends TandemException {

    private static final long serialVersionUID = 1;

    private final boolean retriable;

    /** Says which strategy has no answer and why, with what its members reported. */
    public NoAnswerException(String message, List<? extends TandemException> failures) {
        super(message, failures.isEmpty() ? null : failures.get(0));
        failures.stream().skip(1).forEach(this::addSuppressed);
        retriable = failures.stream().anyMatch(TandemException::isRetriable);
    }

    /**
     * {@return the refusals or failures of all members as one: the first of them, the others suppressed, if they are of
     * one kind, so that a request that privacy forbids everywhere is refused for privacy; else a {@code
     * NoAnswerException} that names them all}
     *
     * @param message which strategy has no answer, such as {@code no candidate of tutor can take the request}
     * @param failures one or more
     */
    public static TandemException of(String message, List<? extends TandemException> failures) {
        if (failures.stream().map(Object::getClass).distinct().count() == 1) {
            TandemException first = failures.get(0);
            for (TandemException other : failures.subList(1, failures.size())) {
                if (other != first) {
                    first.addSuppressed(other);
                }
            }
            return first;
        }
        return new NoAnswerException(
                message + ": "
                        + failures.stream()
                                .map(Throwable::getMessage)
                                .collect(java.util.stream.Collectors.joining("; ")),
                failures);
    }

    /** {@return whether a member's failure may pass} */
    @Override
    public boolean isRetriable() {
        return retriable;
    }
}
