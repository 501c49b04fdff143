package io.github.tandem4j.router.certificates;

import io.github.tandem4j.ConfigurationException;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * That no threshold could be certified, and what would help.
 *
 * @param alpha the share of kept answers that was to be wrong at most
 * @param delta the chance that the promise was to be broken at most
 * @param rows how many calibration rows there were
 * @param error the share of all of them that is wrong, 0..1
 * @param moreLabels about how many more labelled answers would be enough, if more of them look like these; empty if none
 *     would, since too many are wrong even of the surest answers of this sample
 */
public record Refusal(double alpha, double delta, int rows, double error, OptionalLong moreLabels)
        implements Certification {

    /**
     * {@return the least share of answers that any method whatever would have to defer, 0..1}: if it deferred none but
     * wrong ones, of a share {@code error} of wrong ones, {@code (error - alpha) / (1 - alpha)}
     */
    public double leastDeferred() {
        return Math.max(0, (error - alpha) / (1 - alpha));
    }

    /** {@return why there is no certificate, and what would help} */
    public String why() {
        String more = moreLabels.isPresent()
                ? String.format(
                        Locale.ROOT,
                        "about %,d more labelled answers would be enough if they look like these",
                        moreLabels.getAsLong())
                : "no number of labels would do, since even of the surest answers too many are wrong: take a"
                        + " confidence that tells right from wrong better, a better model, or a larger alpha";
        return String.format(
                Locale.ROOT,
                "%d calibration rows do not show, with confidence %.4g, that at most %.4g of the kept answers are wrong at"
                        + " any threshold: %s. Of all answers %.3f are wrong, so that any method has to defer at least"
                        + " %.3f of them",
                rows,
                1 - delta,
                alpha,
                more,
                error,
                leastDeferred());
    }

    @Override
    public Certificate orElseThrow() {
        throw new ConfigurationException(why());
    }

    @Override
    public String toString() {
        return why();
    }
}
