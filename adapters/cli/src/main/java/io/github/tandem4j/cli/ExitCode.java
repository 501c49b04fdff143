package io.github.tandem4j.cli;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.LimitException;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.TandemException;
import java.util.LinkedHashMap;
import java.util.Map;

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

    /** {@return what each code means, the one of a process that was interrupted included} */
    static Map<String, String> meanings() {
        Map<String, String> meanings = new LinkedHashMap<>();
        for (ExitCode code : values()) {
            meanings.put(Integer.toString(code.number), code.meaning);
        }
        meanings.put("130", "interrupted from the keyboard");
        return meanings;
    }

    static ExitCode of(Throwable failure) {
        if (failure instanceof ConfigurationException
                || failure instanceof LinkageError) { // no native library for here
            return CONFIGURATION;
        }
        if (failure instanceof RejectedRequestException || failure instanceof LimitException) {
            return REJECTED;
        }
        return failure instanceof IllegalArgumentException && !(failure instanceof TandemException) ? USAGE : FAILED;
    }
}
