package io.github.tandem4j.onnx.gguf;

import static java.util.Objects.requireNonNull;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What an import made of the tensors of a file, and what that cost. Errors are those of the weights as they are kept;
 * what the rounding of activations adds when they are multiplied is not among them.
 *
 * <p>Immutable and thread-safe.
 */
public final class ImportReport {
    private final List<Tensor> tensors;
    private final double relativeError;

    ImportReport(List<Tensor> tensors, double relativeError) {
        this.tensors = List.copyOf(tensors);
        this.relativeError = relativeError;
    }

    /**
     * One tensor.
     *
     * @param name its name in the file
     * @param source its type in the file, such as {@code Q4_K}
     * @param kept what it became: {@code 4 bit}, {@code 8 bit}, {@code F16}, {@code BF16} or {@code F32}
     * @param bytesBefore what it takes in the file
     * @param bytesAfter what it takes in the imported directory
     * @param relativeError the root mean squared error of its weights over their root mean square; 0 if they are kept
     *     exactly
     */
    public record Tensor(
            String name, String source, String kept, long bytesBefore, long bytesAfter, double relativeError) {
        /** Checks that nothing is null. */
        public Tensor {
            requireNonNull(name, "name");
            requireNonNull(source, "source");
            requireNonNull(kept, "kept");
        }
    }

    /**
     * All tensors of the file.
     *
     * @return in the order in which they were written
     */
    public List<Tensor> tensors() {
        return tensors;
    }

    /**
     * The tensor whose weights changed most.
     *
     * @return empty if none changed
     */
    public Optional<Tensor> worst() {
        return tensors.stream()
                .max(Comparator.comparingDouble(Tensor::relativeError))
                .filter(tensor -> tensor.relativeError() > 0);
    }

    /**
     * How far all weights together are from those of the file.
     *
     * @return the root mean squared error over the root mean square; 0 if all are kept exactly
     */
    public double relativeError() {
        return relativeError;
    }

    /**
     * What the tensors take in the file.
     *
     * @return bytes
     */
    public long bytesBefore() {
        return tensors.stream().mapToLong(Tensor::bytesBefore).sum();
    }

    /**
     * What the tensors take in the imported directory.
     *
     * @return bytes
     */
    public long bytesAfter() {
        return tensors.stream().mapToLong(Tensor::bytesAfter).sum();
    }

    /**
     * How many tensors became what.
     *
     * @return counts by source and target, such as {@code Q4_K as 4 bit}
     */
    public Map<String, Long> counts() {
        return tensors.stream()
                .collect(Collectors.groupingBy(
                        tensor -> tensor.source() + " as " + tensor.kept(), TreeMap::new, Collectors.counting()));
    }

    /** A few lines for people. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        counts().forEach((what, count) -> text.append(count)
                .append(count == 1 ? " tensor " : " tensors ")
                .append(what)
                .append('\n'));
        text.append(String.format(
                Locale.ROOT, "%.1f MB of weights became %.1f MB\n", bytesBefore() / 1e6, bytesAfter() / 1e6));
        text.append(worst().map(tensor -> String.format(
                        Locale.ROOT,
                        "relative error of the weights: %.2g in all, at most %.2g (%s)",
                        relativeError,
                        tensor.relativeError(),
                        tensor.name()))
                .orElse("relative error of the weights: 0"));
        return text.toString();
    }
}
