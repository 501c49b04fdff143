package io.github.tandem4j.onnx.encoder;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.EndpointClosedException;
import io.github.tandem4j.ModelFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A tokenizer and a session, and the way from texts to numbers: all rows of a call are sorted by length, so that hardly
 * any padding is computed, and each batch runs on one thread. Thread-safe.
 */
final class Encoder implements AutoCloseable {
    private static final int USUAL_TOKENS = 512;
    private static final int FEWEST_OF_A_TEXT = 4;

    private final String name;
    private final EncoderTokenizer tokenizer;
    private final EncoderSession session;
    private final EncoderSession.Output output;
    private final EncoderOptions options;
    private final int maxTokens;
    private final Workers workers;
    private final int width;
    private final ReentrantReadWriteLock inUse = new ReentrantReadWriteLock();
    private volatile boolean closed;
    private boolean freed; // guarded by the write lock

    /** Says which of a graph's outputs is wanted. */
    interface Choice {
        EncoderSession.Output among(List<EncoderSession.Output> outputs);
    }

    /** Takes from a batch's numbers what one row's are worth. */
    interface Reading<T> {
        T of(Row row, Numbers numbers, int index);
    }

    private Encoder(
            EncoderFiles files,
            EncoderTokenizer tokenizer,
            EncoderSession session,
            EncoderSession.Output output,
            EncoderOptions options,
            OptionalInt usualTokens) {
        this.name = files.name();
        this.tokenizer = tokenizer;
        this.session = session;
        this.output = output;
        this.options = options;
        OptionalInt positions = files.positions();
        int most = positions.orElse(USUAL_TOKENS);
        this.maxTokens = options.maxTokens().orElse(Math.min(most, usualTokens.orElse(USUAL_TOKENS)));
        int least = tokenizer.pairSpecials() + FEWEST_OF_A_TEXT;
        if (maxTokens > most || maxTokens < least) {
            String range = "tokens a row are " + maxTokens + "; valid for " + name + ": " + least + " to " + most;
            throw options.maxTokens().isPresent()
                    ? new IllegalArgumentException(range)
                    : new ModelFileException(files.tokenizerName() + ": " + range);
        }
        boolean mayEndSooner = files.modelPath().isPresent() && positions.isEmpty();
        this.width = tried(files, mayEndSooner ? maxTokens : 1);
        this.workers = new Workers(options.threads());
    }

    /**
     * Opens an encoder and tries it.
     *
     * @param usualTokens the longest row that the model was made for, if that is known
     */
    static Encoder open(EncoderFiles files, EncoderOptions options, OptionalInt usualTokens, Choice choice) {
        EncoderTokenizer tokenizer = EncoderTokenizer.open(files);
        try {
            EncoderSession session = EncoderSession.open(files, options.arithmetic(), tokenizer);
            try {
                EncoderSession.Output output = choice.among(session.outputs());
                return new Encoder(files, tokenizer, session, output, options, usualTokens);
            } catch (RuntimeException e) {
                session.close();
                throw e;
            }
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    /** Runs the model over the largest id that its tokenizer has, and finds out how many numbers it gives. */
    private int tried(EncoderFiles files, int length) {
        int[] ids = new int[length];
        Arrays.fill(ids, tokenizer.largestId());
        Row row = new Row(ids, new int[length], 0, length, 0);
        try {
            return session.run(List.of(row), tokenizer.padId(), output).width();
        } catch (ModelFileException e) {
            throw e;
        } catch (ConfigurationException e) {
            throw new ModelFileException(
                    files.modelName() + " does not run over " + length + " tokens with the id "
                            + tokenizer.largestId() + ", the largest of " + files.tokenizerName()
                            + "; valid: the model's own tokenizer: " + e.getMessage(),
                    e);
        }
    }

    String name() {
        return name;
    }

    /** How many numbers the model gives for a row or a token. */
    int width() {
        return width;
    }

    boolean givesNumbersByToken() {
        return output.rank() == 3;
    }

    int maxTokens() {
        return maxTokens;
    }

    EncoderTokenizer tokenizer() {
        return tokenizer;
    }

    /** Does something with the native memory, which is not freed before it is done. */
    <T> T whileOpen(Supplier<T> work) {
        throwIfClosed();
        inUse.readLock().lock();
        try {
            throwIfClosed();
            return work.get();
        } finally {
            inUse.readLock().unlock();
        }
    }

    /** Makes something of each text, on as many threads as there are. */
    <A, T> List<T> each(List<A> texts, Function<A, T> work) {
        List<T> made = new ArrayList<>(Collections.nCopies(texts.size(), null));
        int pieces = Math.min(texts.size(), options.threads() * 4);
        workers.each(pieces, piece -> {
            throwIfClosed();
            int to = (int) ((piece + 1L) * texts.size() / pieces);
            for (int i = (int) ((long) piece * texts.size() / pieces); i < to; i++) {
                made.set(i, work.apply(texts.get(i)));
            }
        });
        return made;
    }

    /** Computes the rows of texts, and reads each. */
    <T> List<List<T>> compute(List<List<Row>> texts, Reading<T> reading) {
        List<List<T>> read = new ArrayList<>(texts.size());
        List<Place> places = new ArrayList<>();
        for (List<Row> rows : texts) {
            for (int i = 0; i < rows.size(); i++) {
                places.add(new Place(read.size(), i, rows.get(i)));
            }
            read.add(new ArrayList<>(Collections.nCopies(rows.size(), null)));
        }
        List<List<Place>> batches = batches(places);
        workers.each(batches.size(), number -> {
            throwIfClosed();
            List<Place> batch = batches.get(number);
            List<Row> rows = batch.stream().map(Place::row).toList();
            Numbers numbers = session.run(rows, tokenizer.padId(), output);
            for (int i = 0; i < rows.size(); i++) {
                Place place = batch.get(i);
                read.get(place.text()).set(place.index(), reading.of(place.row(), numbers, i));
            }
        });
        return read;
    }

    /** A row, and whose it is. */
    private record Place(int text, int index, Row row) {}

    /** The longest first, so that the last batches to end are short. */
    private List<List<Place>> batches(List<Place> places) {
        int size = session.quantizesByBatch() ? 1 : options.batchSize();
        places.sort(
                Comparator.comparingInt((Place place) -> place.row().length()).reversed());
        List<List<Place>> batches = new ArrayList<>();
        for (int from = 0; from < places.size(); ) {
            int to = from + 1;
            int length = places.get(from).row().length();
            while (to < places.size()
                    && to - from < size
                    && (session.hasMask() || places.get(to).row().length() == length)) {
                to++;
            }
            batches.add(places.subList(from, to));
            from = to;
        }
        return batches;
    }

    private void throwIfClosed() {
        if (closed) {
            throw new EndpointClosedException(name + " is closed; open it again");
        }
    }

    /** Ends calls after their present batch, and frees the memory. */
    @Override
    public void close() {
        closed = true;
        inUse.writeLock().lock();
        try {
            if (!freed) {
                freed = true;
                workers.close();
                tokenizer.close();
                session.close();
            }
        } finally {
            inUse.writeLock().unlock();
        }
    }
}
