package io.github.tandem4j.onnx.graph;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.slf4j.LoggerFactory;

/**
 * Keeps ONNX Runtime's environment alive for as long as the process is. The runtime's Java part frees it in a shutdown
 * hook, under whatever runs at the time: a process that was told to end in the middle of a generation died of a
 * segmentation fault, in four of six trials, and never got to the other hooks. Hooks run in no order, so that one of
 * our own could not end the runs before.
 *
 * <p>The environment counts who has made it. It is made a second time here, and the hook's release leaves it alive. The
 * runtime has no public way to do so; where the private one is missing, all is as it would be without.
 */
final class EnvironmentLife {
    private EnvironmentLife() {}

    static void extend(OrtEnvironment environment) {
        try {
            Field api = Class.forName(
                            "ai.onnxruntime.OnnxRuntime",
                            true,
                            environment.getClass().getClassLoader())
                    .getDeclaredField("ortApiHandle");
            api.setAccessible(true);
            Method create = OrtEnvironment.class.getDeclaredMethod("createHandle", long.class, int.class, String.class);
            create.setAccessible(true);
            // The level and the name are of the one that there is already.
            Object unused = create.invoke(
                    null, api.getLong(null), OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING.getValue(), "tandem");
        } catch (ReflectiveOperationException | RuntimeException e) {
            LoggerFactory.getLogger(EnvironmentLife.class)
                    .debug("ONNX Runtime's environment will end with the first shutdown hook: {}", e.toString());
        }
    }
}
