package io.github.tandem4j.examples.guide;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.StageFailure;
import io.github.tandem4j.remote.RemoteEndpoint;
import io.github.tandem4j.resilience.Failover;
import io.github.tandem4j.resilience.OfflineLadder;
import io.github.tandem4j.resilience.Resilient;
import java.time.Duration;

/** What may fail, and what is done about it. */
final class Faults {

    private Faults() {}

    static ModelEndpoint resilient(ModelEndpoint small, ModelEndpoint large) {
        // snippet: resilient
        ModelEndpoint patient = Resilient.endpoint(large)
                .attempts(3) // one call and two retries
                .backoff(Duration.ofMillis(200), Duration.ofSeconds(5))
                .attemptTimeout(Duration.ofSeconds(15))
                .breakAfter(0.5, 20) // opens when half of the last 20 attempts failed
                .breakFor(Duration.ofSeconds(30), 2) // then two probes
                .concurrency(32, Duration.ofSeconds(1)) // places, and how long one is waited for
                .build();

        ModelEndpoint assistant = Cascade.startingWith(small)
                .keepWhen(meanTokenProbability().atLeast(0.70))
                .deferTo(patient)
                .whenAStageFails(StageFailure.DEFER_OR_KEEP) // rather the small model's answer than none
                .build();
        // end
        return assistant;
    }

    static ModelEndpoint failover(ModelEndpoint primary, ModelEndpoint secondary) {
        // snippet: failover
        ModelEndpoint either = Failover.from(primary)
                .to(secondary)
                .upon(failure -> failure.isRetriable() || failure instanceof ConfigurationException)
                .build();
        // end
        return either;
    }

    static OfflineLadder ladder(ModelEndpoint small, String key) {
        // snippet: ladder
        RemoteEndpoint remote = RemoteEndpoint.openAi(key, "gpt-4o-mini");
        ModelEndpoint patient = Resilient.endpoint(remote)
                .attempts(2)
                .attemptTimeout(Duration.ofSeconds(10)) // shorter than the callers' deadlines
                .build();
        OfflineLadder assistant = OfflineLadder.from(patient)
                .downTo(small)
                .probing(remote::isReachable, Duration.ofSeconds(15)) // without it, now and then a live call probes
                .build();
        // end
        return assistant;
    }
}
