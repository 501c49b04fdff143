package io.github.tandem4j.router.learning;

import io.github.tandem4j.Request;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is estimated of one request before it is answered. Immutable. */
public final class Estimate {

    private final Request request;
    private final Map<String, Double> qualities;
    private final Map<String, Double> familiarities;

    Estimate(Request request, Map<String, Double> qualities, Map<String, Double> familiarities) {
        this.request = request;
        this.qualities = Collections.unmodifiableMap(new LinkedHashMap<>(qualities));
        this.familiarities = Collections.unmodifiableMap(new LinkedHashMap<>(familiarities));
    }

    @SuppressWarnings("ReferenceEquality") // a request that is equal but another costs a reading, and no more
    boolean isOf(Request other) {
        return request == other;
    }

    /** {@return the estimated quality by model, usually 0..1} */
    public Map<String, Double> qualities() {
        return qualities;
    }

    /**
     * {@return the estimated quality of this model}
     *
     * @throws IllegalArgumentException if nothing is known of it
     */
    public double quality(String model) {
        Double quality = qualities.get(model);
        if (quality == null) {
            throw new IllegalArgumentException("nothing was learned of " + model + "; valid are " + qualities.keySet());
        }
        return quality;
    }

    /** {@return by view how like its training data the request is, 0 (nothing learned applies) to 1} */
    public Map<String, Double> familiarities() {
        return familiarities;
    }

    /** {@return how like the training data the request is, the mean over views, 0..1} */
    public double familiarity() {
        return familiarities.values().stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(1);
    }

    /** {@return the views to which the request is unlike anything they learned from} */
    public List<String> strangeTo() {
        return familiarities.entrySet().stream()
                .filter(view -> view.getValue() == 0)
                .map(Map.Entry::getKey)
                .toList();
    }
}
