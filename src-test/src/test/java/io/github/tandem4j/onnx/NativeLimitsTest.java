package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What ends at the process's limits: in processes of their own, which ONNX Runtime may take down with it. */
@Timeout(240)
class NativeLimitsTest {

    /** Its keys and values take 512 bytes a token, so that a prompt that fits into the window need not fit into memory. */
    private static final int WINDOW = 400_000;

    private static final long ROOM = 96L << 20;

    @TempDir
    private Path place;

    /** Runs under a limit of address space that is set when the model is open, so that it is the caches that meet it. */
    static final class Starved {
        private Starved() {}

        public static void main(String[] args) throws Exception {
            try (OnnxModel model = OnnxModel.open(Path.of(args[0]), 1)) {
                int[] prompt = new int[WINDOW - 1_000];
                Arrays.fill(prompt, 5);
                Decoding two = Decoding.greedy().maxTokens(2).pastTurnEnds();
                model.generate(Arrays.copyOf(prompt, 40), two);
                limitAddressSpace();
                try {
                    model.generate(prompt, two);
                } catch (TransientException e) {
                    System.out.println("prompt: " + e.getMessage());
                }
                runOutWithinARun(model.decoder(), Arrays.copyOf(prompt, 10_000));
                int tokens = model.generate(Arrays.copyOf(prompt, 40), two).tokenIds().length;
                CacheMemory memory = model.decoder().memory();
                System.out.println("afterwards: " + tokens + " tokens, " + (memory.live() - memory.idle())
                        + " caches not returned");
            }
        }

        /** All in one run, whose attention has 1.6 GB of scores; a generation's runs are of fewer tokens. */
        private static void runOutWithinARun(Decoder decoder, int[] tokens) throws OrtException {
            try (NativeCall call = new ActiveCalls("test", () -> {}).begin();
                    KeyValueCache cache = decoder.cache(WINDOW, tokens.length)) {
                decoder.run(call, cache, tokens, new int[1], new int[1], null);
            } catch (OrtException e) {
                System.out.println("run: " + OutOfNativeMemory.is(e) + " " + e.getMessage());
            }
        }

        private static void limitAddressSpace() throws IOException, InterruptedException {
            long now = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmSize:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .sum();
            String self = String.valueOf(ProcessHandle.current().pid());
            int exit = new ProcessBuilder("prlimit", "--pid", self, "--as=" + (now + ROOM))
                    .inheritIO()
                    .start()
                    .waitFor();
            System.out.println("limited: " + exit);
        }
    }

    @Test
    void nativeMemoryThatIsNotThereIsAClearFailureAndTheModelGoesOn() throws Exception {
        assumeTrue(hasPrlimit(), "skipped: there is no prlimit, which is Linux's, to take address space away with");
        Path model = TinyLlama.of(TensorType.Q8_0)
                .with("llama.context_length", WINDOW)
                .importInto(place, Weights.EXACT);
        List<String> said = new ArrayList<>();
        Process process = child(Starved.class, model);
        try (BufferedReader output = process.inputReader()) {
            output.lines().forEach(said::add);
        }
        assertThat(process.waitFor()).as("%s", said).isZero();
        assertThat(said).contains("limited: 0");
        assertThat(said)
                .anySatisfy(
                        line -> assertThat(line)
                                // Of keys and values or, where those just fit, of the attention's scores.
                                .startsWith("prompt: model-EXACT ran out of native memory: ")
                                .containsPattern(
                                        "no [0-9.]+ MB of native memory for keys and values of 400000 tokens|buffer of size [0-9]+"))
                .anySatisfy(line -> assertThat(line).startsWith("run: true "))
                .contains("afterwards: 2 tokens, 0 caches not returned");
    }

    /** Generates without end, two at a time, and says when the first piece has come. */
    static final class Endless {
        private Endless() {}

        public static void main(String[] args) throws IOException {
            OnnxModel model = OnnxModel.open(Path.of(args[0]), 2);
            Decoding twoThousand = Decoding.greedy().maxTokens(2_000).pastTurnEnds();
            for (int i = 0; i < 2; i++) {
                TokenSink sink = i == 0 ? piece -> System.out.println("begun") : TokenSink.NONE;
                new Thread(() -> {
                            while (true) {
                                model.generate("no end", twoThousand, CallContext.unlimited(), sink);
                            }
                        })
                        .start();
            }
            int unused = System.in.read(); // until the test is no more
            Runtime.getRuntime().halt(1);
        }
    }

    @Test
    void aProcessThatIsToldToEndInTheMiddleOfAGenerationEndsAsItIsTold() throws Exception {
        Path model = TinyLlama.of(TensorType.Q8_0).importInto(place, Weights.EXACT);
        for (int i = 0; i < 2; i++) {
            Process process = child(Endless.class, model);
            try (BufferedReader output = process.inputReader()) {
                String line = output.readLine();
                while (line != null && !line.equals("begun")) { // newer releases of Java warn of native code first
                    line = output.readLine();
                }
                assertThat(line).isEqualTo("begun");
                process.toHandle().destroy(); // which leaves the output open, as the process's own does not
                StringBuilder rest = new StringBuilder();
                output.lines().filter(each -> !each.equals("begun")).forEach(rest::append);
                assertThat(rest).doesNotContain("fatal error");
            }
            assertThat(process.waitFor()).isEqualTo(128 + 15);
        }
    }

    @Test
    void aModelWhoseFilesAreReplacedOrDeletedStaysAsItWas() throws IOException {
        Path directory = TinyLlama.of(TensorType.Q8_0).importInto(place, Weights.EXACT);
        Path weights = directory.resolve(ModelFiles.WEIGHTS);
        Decoding some = Decoding.greedy().maxTokens(8).pastTurnEnds();
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            int[] before = model.generate("open", some).tokenIds();
            Path other = Files.write(place.resolve("other"), new byte[1]);
            Files.move(other, weights, StandardCopyOption.REPLACE_EXISTING);
            assertThat(model.generate("open", some).tokenIds()).isEqualTo(before);
            Files.delete(weights);
            assertThat(model.generate("open", some).tokenIds()).isEqualTo(before);
        }
        assertThatThrownBy(() -> OnnxModel.open(directory, 1))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(ModelFiles.WEIGHTS);
    }

    private Process child(Class<?> main, Path model) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:ErrorFile=" + place.resolve("crash.log"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        model.toString())
                .redirectErrorStream(true)
                .start();
    }

    private static boolean hasPrlimit() throws InterruptedException {
        try {
            return Files.isReadable(Path.of("/proc/self/status"))
                    && new ProcessBuilder("prlimit", "--version")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor(10, TimeUnit.SECONDS);
        } catch (IOException e) {
            return false;
        }
    }
}
