package io.github.tandem4j.router.replay;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleConsumer;

/** The queries that count, and how they are drawn again. */
final class Selected {

    final RecordedOutcomes outcomes;
    private final Settings settings;
    private final int contaminated;
    private final int gaps;

    private Selected(RecordedOutcomes outcomes, Settings settings, int contaminated, int gaps) {
        this.outcomes = outcomes;
        this.settings = settings;
        this.contaminated = contaminated;
        this.gaps = gaps;
    }

    /** {@return the queries that have an outcome of each of these models} */
    static Selected of(RecordedOutcomes outcomes, Iterable<String> models, Settings settings) {
        List<String> wanted = new ArrayList<>();
        models.forEach(wanted::add);
        RecordedOutcomes clean = settings.allowed(outcomes);
        RecordedOutcomes whole = clean.having(wanted);
        if (whole.size() == 0) {
            throw new ConfigurationException("no query has outcomes of all of " + wanted + "; valid is one or more");
        }
        return new Selected(whole, settings, outcomes.size() - clean.size(), clean.size() - whole.size());
    }

    List<RecordedQuery> queries() {
        return outcomes.queries();
    }

    Replayer replayer(DoubleConsumer progress) {
        return new Replayer(queries(), settings.scorer, progress);
    }

    Bootstrap bootstrap() {
        if (!settings.bySubject) {
            return Bootstrap.ofRows(outcomes.size(), settings.resamples, settings.seed);
        }
        List<String> subjects = queries().stream()
                .map(query -> query.subject()
                        .orElseThrow(() -> new ConfigurationException("query " + query.id()
                                + " has no subject, and subjects are resampled; valid is a subject"
                                + " for every query, or a replay that is not by subject")))
                .toList();
        if (Set.copyOf(subjects).size() < 2) {
            throw new ConfigurationException("all queries are of the subject " + subjects.get(0)
                    + ", and subjects are resampled; valid is two or more");
        }
        return Bootstrap.ofGroups(subjects, settings.resamples, settings.seed);
    }

    ReportProvenance provenance() {
        return new ReportProvenance(
                outcomes.fingerprint(),
                outcomes.size(),
                contaminated,
                gaps,
                settings.seed,
                settings.resamples,
                settings.bySubject ? "subjects" : "queries");
    }
}
