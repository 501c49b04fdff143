package io.github.tandem4j.router.replay;

import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.ToDoubleBiFunction;
import org.jspecify.annotations.Nullable;

/** How a replay runs. Changed only while it is made. */
final class Settings {

    long seed = 42;
    int resamples = 1000;
    boolean bySubject;
    boolean contaminated;
    Map<String, Price> prices = Map.of();

    @Nullable
    ToDoubleBiFunction<RecordedQuery, Reply> scorer;

    DoubleConsumer progress = done -> {};

    Settings() {}

    /** {@return these, changed} */
    Settings with(Consumer<Settings> change) {
        Settings other = new Settings();
        other.seed = seed;
        other.resamples = resamples;
        other.bySubject = bySubject;
        other.contaminated = contaminated;
        other.prices = prices;
        other.scorer = scorer;
        other.progress = progress;
        change.accept(other);
        return other;
    }

    /** {@return what may be learned from} */
    RecordedOutcomes allowed(RecordedOutcomes outcomes) {
        return contaminated ? outcomes : outcomes.uncontaminated();
    }

    /** {@return the whole run, of which {@link Part#part parts} are told} */
    Part run() {
        return new Part(progress, 0, 1);
    }
}
