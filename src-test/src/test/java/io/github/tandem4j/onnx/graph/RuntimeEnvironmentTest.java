package io.github.tandem4j.onnx.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In a process of its own, which ONNX Runtime may take down with it. */
@Timeout(120)
class RuntimeEnvironmentTest {

    @TempDir
    private Path place;

    static final class Opening {
        private Opening() {}

        public static void main(String[] args) throws IOException {
            if (args.length > 0) {
                RuntimeEnvironment.keepLibraryIn(List.of(Path.of(args[0])));
                RuntimeEnvironment.prepare();
            }
            System.out.println(RuntimeEnvironment.get());
            System.out.println("property: " + System.getProperty("onnxruntime.native.path"));
            Path maps = Path.of("/proc/self/maps");
            if (Files.exists(maps)) {
                System.out.println("from the cache: "
                        + Files.readAllLines(maps).stream()
                                .anyMatch(line -> args.length > 0 && line.contains(args[0])));
            }
        }
    }

    /** The same twice, as in a server with two applications that each bring the library. */
    static final class OpeningTwice {
        private OpeningTwice() {}

        public static void main(String[] args) throws Exception {
            List<URL> urls = new ArrayList<>();
            for (String each : System.getProperty("java.class.path").split(File.pathSeparator)) {
                urls.add(Path.of(each).toUri().toURL());
            }
            for (int i = 0; i < 2; i++) {
                ClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
                Method main =
                        Class.forName(Opening.class.getName(), true, loader).getDeclaredMethod("main", String[].class);
                main.setAccessible(true);
                Object unused = main.invoke(null, (Object) args);
            }
        }
    }

    @Test
    void opensInAProcessWithALongCommandLine() throws Exception {
        assertThat(said(Opening.class, List.of("-Dlong=" + "x".repeat(50_000))))
                .anyMatch(line -> line.contains("OrtEnvironment"));
    }

    @Test
    void takesTheLibraryFromTheCacheInOneClassLoaderAndOpensInAnotherToo() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/maps")), "skipped: only Linux says what a process has loaded");
        assumeTrue(
                OwnPath.keepsWhatItHolds(place.toRealPath()),
                "skipped: others may write above the directory for temporary files");
        Path cache = Files.createDirectory(place.resolve("cache"));
        assertThat(said(OpeningTwice.class, List.of(), cache.toRealPath()))
                .filteredOn(line -> line.contains("OrtEnvironment"))
                .hasSize(2);
        assertThat(said(Opening.class, List.of(), cache.toRealPath()))
                .contains("from the cache: true", "property: null");
    }

    @Test
    void whatAUserSaysOfOneLibraryComesBeforeTheCache() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/maps")), "skipped: only Linux says what a process has loaded");
        assumeTrue(
                OwnPath.keepsWhatItHolds(place.toRealPath()),
                "skipped: others may write above the directory for temporary files");
        Path own = Files.createDirectory(place.resolve("own"));
        Path library = UnpackedLibrary.in(List.of(own)).orElseThrow();
        Path cache = Files.createDirectory(place.resolve("cache"));
        String property =
                "-Donnxruntime.native.onnxruntime.path=" + library.resolve(System.mapLibraryName("onnxruntime"));
        assertThat(said(Opening.class, List.of(property), cache.toRealPath())).contains("from the cache: false");
        assertThat(cache).isEmptyDirectory();
    }

    private List<String> said(Class<?> main, List<String> options, Path... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        for (Path argument : arguments) {
            command.add(argument.toString());
        }
        Path output = place.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        return Files.readAllLines(output);
    }
}
