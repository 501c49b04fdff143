package io.github.tandem4j;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.RetriableException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import java.util.function.Function;

/** Tells failures in Tandem's terms, and Tandem's in LangChain4j's. */
final class Failures {

    /** Each kind before those that it extends. */
    private static final List<Kind> KINDS = List.of(
            new Kind(RateLimitException.class, RateLimitException::new),
            new Kind(TimeoutException.class, TimeoutException::new),
            new Kind(InternalServerException.class, InternalServerException::new),
            new Kind(AuthenticationException.class, AuthenticationException::new),
            new Kind(ModelNotFoundException.class, ModelNotFoundException::new),
            new Kind(UnresolvedModelServerException.class, UnresolvedModelServerException::new),
            new Kind(ContentFilteredException.class, ContentFilteredException::new),
            new Kind(InvalidRequestException.class, InvalidRequestException::new),
            new Kind(UnsupportedFeatureException.class, Failures::unsupported));

    private Failures() {}

    static TandemException inTandemsTerms(String endpoint, Exception failure) {
        if (failure instanceof TandemException known) {
            return known;
        }
        if (interrupted(failure)) {
            Thread.currentThread().interrupt();
            return new CallCancelledException("call of " + endpoint + " was interrupted", failure);
        }
        String message = "call of " + endpoint + " failed: " + failure.getMessage();
        if (failure instanceof AuthenticationException || failure instanceof ModelNotFoundException) {
            return new ConfigurationException(message, failure);
        }
        if (failure instanceof InvalidRequestException || failure instanceof UnsupportedFeatureException) {
            return new RejectedRequestException(message, failure);
        }
        if (failure instanceof RetriableException || (isIo(failure) && !(failure instanceof NonRetriableException))) {
            return new TransientException(message, failure);
        }
        if (failure instanceof NonRetriableException) {
            return new RejectedRequestException(message, failure);
        }
        return new ConfigurationException(
                "call of " + endpoint + " threw " + failure.getClass().getName() + ": " + failure.getMessage(),
                failure);
    }

    /**
     * LangChain4j's exception of the same meaning, with Tandem's as its cause. What a provider's module threw, or what
     * stands for it in the chain of causes, names the kind, unless Tandem disagrees on whether to try again.
     */
    static LangChain4jException inLangChain4jsTerms(TandemException failure) {
        if (failure instanceof DeadlineExceededException) {
            return new TimeoutException(failure);
        }
        // Of several members' failures the first is the cause, and speaks for itself alone.
        Throwable cause = failure instanceof NoAnswerException ? null : failure.getCause();
        for (int depth = 0; cause != null && depth < 16; depth++) {
            for (Kind kind : KINDS) {
                if (kind.type.isInstance(cause) && kind.isRetriable() == failure.isRetriable()) {
                    return kind.around.apply(failure);
                }
            }
            cause = cause.getCause();
        }
        if (failure.isRetriable()) {
            return new RetriableException(failure);
        }
        return failure instanceof RejectedRequestException
                ? new InvalidRequestException(failure)
                : new NonRetriableException(failure);
    }

    /** A kind of LangChain4j's exceptions, and how one is made around Tandem's. */
    private record Kind(
            Class<? extends LangChain4jException> type, Function<TandemException, LangChain4jException> around) {

        boolean isRetriable() {
            return RetriableException.class.isAssignableFrom(type);
        }
    }

    private static LangChain4jException unsupported(TandemException failure) {
        LangChain4jException unsupported = new UnsupportedFeatureException(failure.getMessage());
        unsupported.initCause(failure);
        return unsupported;
    }

    private static boolean interrupted(Throwable failure) {
        return causedBy(failure, InterruptedException.class) || causedBy(failure, ClosedByInterruptException.class);
    }

    private static boolean isIo(Throwable failure) {
        return causedBy(failure, IOException.class) || causedBy(failure, UncheckedIOException.class);
    }

    private static boolean causedBy(Throwable failure, Class<? extends Throwable> type) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 16; depth++) {
            if (type.isInstance(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
