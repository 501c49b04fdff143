package io.github.tandem4j.examples.guide;

import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.TandemException;

/** What a caller does about each failure. */
final class Errors {

    private Errors() {}

    // snippet: errors
    static int httpStatus(TandemException failure) {
        if (failure.isRetriable()) {
            return 503; // with the Retry-After of a TransientException, if it has one
        }
        if (failure instanceof RejectedRequestException) {
            return 422; // the user's doing: too long, malformed, filtered
        }
        if (failure instanceof BudgetExceededException) {
            return 429; // what was agreed on is used up
        }
        if (failure instanceof DeadlineExceededException) {
            return 504;
        }
        if (failure instanceof PrivacyException) {
            return 403;
        }
        if (failure instanceof CallCancelledException) {
            return 499; // whoever asked has gone
        }
        return 500; // ConfigurationException, and NoAnswerException where members failed for several reasons
    }
    // end
}
