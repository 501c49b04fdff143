package io.github.tandem4j;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where recorded outcomes of real models lie: system property or environment. Tests that need them are skipped without. */
public final class EvaluationData {

    private EvaluationData() {}

    /** {@return this file of recorded outcomes; without it the test is skipped, and says why} */
    public static Path outcomes(String name) {
        return file("outcomes/" + name);
    }

    /** {@return this file of intents; without it the test is skipped, and says why} */
    public static Path intents(String name) {
        return file("intents/" + name);
    }

    private static Path file(String name) {
        Path file = folder().resolve(name);
        boolean there = Files.isReadable(file);
        if (!there) {
            System.out.println("Skipped: evaluation data " + name + " is not there; set -Dtandem.data or TANDEM_DATA");
        }
        assumeTrue(there, () -> "evaluation data " + name + " is not there; set -Dtandem.data or TANDEM_DATA");
        return file;
    }

    private static Path folder() {
        String named = System.getProperty("tandem.data", orEmpty(System.getenv("TANDEM_DATA")));
        if (!named.isBlank()) {
            return Path.of(named);
        }
        Path root = Path.of("").toAbsolutePath(); // of src-test, or of the whole project
        Path project = Files.exists(root.resolve("../router/pom.xml"))
                ? root.resolve("..").normalize()
                : root;
        return project.resolveSibling("shared").resolve("data");
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
