package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime could not have the memory that it asked for. It has no error code for that, but it says so: in its own words
 * where its arena asked, and in those of C++ elsewhere.
 */
final class OutOfNativeMemory extends OrtException {
    private static final long serialVersionUID = 1;

    private OutOfNativeMemory(String message, OrtException cause) {
        super(message);
        initCause(cause);
    }

    /** Says what was asked for, if the failure is one of memory; else gives the failure itself. */
    static OrtException when(OrtException failure, String what, long bytes) {
        return is(failure)
                ? new OutOfNativeMemory(
                        String.format(
                                Locale.ROOT,
                                "no %.1f MB of native memory for %s (%s)",
                                bytes / 1e6,
                                what,
                                failure.getMessage()),
                        failure)
                : failure;
    }

    /** Whether memory was what a failure, or one that it was caused by, lacked. */
    static boolean is(@Nullable Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            String message = String.valueOf(each.getMessage());
            if (each instanceof OutOfNativeMemory
                    || (each instanceof OrtException
                            && (message.contains("bad_alloc")
                                    || message.contains("bad allocation")
                                    || message.contains("Failed to allocate memory")))) {
                return true;
            }
        }
        return false;
    }
}
