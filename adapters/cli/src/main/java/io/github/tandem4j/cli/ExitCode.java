package io.github.tandem4j.cli;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.LimitException;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.TandemException;

/** What the process ends with; the same numbers for every command. */
enum ExitCode {
    OK(0, "done"),
    FAILED(1, "a model failed in a way that may pass, or an input or output error"),
    USAGE(2, "unknown or wrong options"),
    CONFIGURATION(3, "something is set up wrongly: a key, a model's name, a model's files"),
    REJECTED(4, "the request cannot be answered as it is, or a limit does not allow it");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    int number() {
        return number;
    }

    String meaning() {
        return meaning;
    }

    static ExitCode of(Throwable failure) {
        if (failure instanceof ConfigurationException) {
            return CONFIGURATION;
        }
        if (failure instanceof RejectedRequestException || failure instanceof LimitException) {
            return REJECTED;
        }
        return failure instanceof IllegalArgumentException && !(failure instanceof TandemException) ? USAGE : FAILED;
    }
}
