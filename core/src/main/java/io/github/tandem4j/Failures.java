package io.github.tandem4j;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RetriableException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;

/** Tells failures in Tandem's terms, and Tandem's in LangChain4j's. */
final class Failures {

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

    static LangChain4jException inLangChain4jsTerms(TandemException failure) {
        if (failure instanceof DeadlineExceededException) {
            return new dev.langchain4j.exception.TimeoutException(failure);
        }
        if (failure.isRetriable()) {
            return new RetriableException(failure);
        }
        return failure instanceof RejectedRequestException
                ? new InvalidRequestException(failure)
                : new NonRetriableException(failure);
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
