package io.github.tandem4j.router.certificates;

import io.github.tandem4j.ConfigurationException;

/** What came of an attempt to certify: a {@link Certificate}, or a {@link Refusal} that says why. */
public sealed interface Certification permits Certificate, Refusal {

    /**
     * {@return the certificate}
     *
     * @throws ConfigurationException if there is none; it says why, and what would help
     */
    Certificate orElseThrow();
}
