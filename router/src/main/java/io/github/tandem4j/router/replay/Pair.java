package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Bootstrap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Two models alone, and what is made of them. */
final class Pair {

    final Course weak;
    final Course strong;
    final double[] weakConfidence;

    Pair(Selected selected, RecordedEndpoint weak, RecordedEndpoint strong, Part progress) {
        this.weak = selected.replayer(progress.part(0, 0.5)).run(weak, strong.model());
        weakConfidence = selected.queries().stream()
                .mapToDouble(query -> query.outcome(weak.model())
                        .map(outcome -> outcome.confidence().orElse(Double.NaN))
                        .orElse(Double.NaN))
                .toArray();
        this.strong = selected.replayer(progress.part(0.5, 1)).run(strong, strong.model());
    }

    /** {@return the figures of this course, of each model alone, of chance at the same rate and of the oracle} */
    List<Figures> baselines(Course course, Bootstrap bootstrap) {
        Course oracle = Course.best("oracle", weak, strong);
        Course random = Course.mixed("random at the same rate", weak, strong, course.meanStrong());
        List<Figures> all = new ArrayList<>();
        for (Course each : List.of(
                course, weak.named("always " + weak.name), strong.named("always " + strong.name), random, oracle)) {
            all.add(each.figures(oracle, bootstrap));
        }
        return all;
    }

    /** Gives the strong model the half of the queries with the higher scores; of equals in the middle a part. */
    Course atHalf(String name, double[] scores) {
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        double median = sorted[sorted.length / 2];
        long above = Arrays.stream(scores).filter(score -> score > median).count();
        long equal = Arrays.stream(scores).filter(score -> score == median).count();
        Course part = Course.mixed(name, weak, strong, (scores.length / 2.0 - above) / equal);
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] != median) {
                part.take(scores[i] > median ? strong : weak, i);
            }
        }
        return part;
    }
}
