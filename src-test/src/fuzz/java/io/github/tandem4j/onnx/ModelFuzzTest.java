package io.github.tandem4j.onnx;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;

/**
 * Jazzer on what comes with a model or a request. One target a run:
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn -Pfuzz -pl src-test -am test -Dtest='ModelFuzzTest#gguf' -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 *
 * <p>What it finds is written beside the seeds, where {@code FuzzSeedsTest} takes it up.
 */
class ModelFuzzTest {
    @FuzzTest(maxDuration = "5m")
    void gguf(byte @NotNull [] input) {
        FuzzTargets.gguf(input);
    }

    @FuzzTest(maxDuration = "5m")
    void modelDirectory(byte @NotNull [] input) {
        FuzzTargets.modelDirectory(input);
    }

    @FuzzTest(maxDuration = "5m")
    void tokenizerFile(byte @NotNull [] input) {
        FuzzTargets.tokenizerFile(input);
    }

    @FuzzTest(maxDuration = "5m")
    void template(byte @NotNull [] input) {
        FuzzTargets.template(input);
    }

    @FuzzTest(maxDuration = "5m")
    void jsonSchema(byte @NotNull [] input) {
        FuzzTargets.jsonSchema(input);
    }

    @FuzzTest(maxDuration = "5m")
    void regex(byte @NotNull [] input) {
        FuzzTargets.regex(input);
    }
}
