package io.github.tandem4j.router.outcomes;

import io.github.tandem4j.ConfigurationException;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Reads a file of recorded outcomes, line by line. A line is bounded, so no single one fills the memory. */
final class OutcomesReader implements Iterator<RecordedQuery>, AutoCloseable {

    private static final int LONGEST_LINE = 16 * 1024 * 1024;
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final BufferedReader lines;
    private final OutcomeLimits limits;
    private long line;
    private long rows;
    private @Nullable RecordedQuery next;

    private OutcomesReader(Path file, BufferedReader lines, OutcomeLimits limits) {
        this.file = file;
        this.lines = lines;
        this.limits = limits;
    }

    static Stream<RecordedQuery> open(Path file, OutcomeLimits limits) {
        OutcomesReader reader = new OutcomesReader(file, reader(file, limits), limits);
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(reader, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .onClose(reader::close);
    }

    static BufferedReader reader(Path file, OutcomeLimits limits) {
        InputStream in = null;
        try {
            in = new BufferedInputStream(Files.newInputStream(file), BUFFER);
            in.mark(2);
            boolean zipped = in.read() == 0x1f && in.read() == 0x8b;
            in.reset();
            return new BufferedReader(
                    new InputStreamReader(
                            new BoundedInput(zipped ? new GZIPInputStream(in, BUFFER) : in, limits.bytes()),
                            StandardCharsets.UTF_8
                                    .newDecoder()
                                    .onMalformedInput(CodingErrorAction.REPORT)
                                    .onUnmappableCharacter(CodingErrorAction.REPORT)),
                    BUFFER);
        } catch (IOException e) {
            close(in, e);
            throw unreadable(file, e);
        }
    }

    private static void close(@Nullable InputStream in, IOException reason) {
        try {
            if (in != null) {
                in.close();
            }
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    static ConfigurationException unreadable(Path file, IOException e) {
        return new ConfigurationException(
                file + " cannot be read as recorded outcomes: " + e
                        + "; valid is a whole file of JSON Lines in UTF-8, gzipped or not",
                e);
    }

    @Override
    public boolean hasNext() {
        while (next == null) {
            String text = readLine();
            if (text == null) {
                return false;
            }
            line++;
            if (!text.isBlank()) {
                if (++rows > limits.rows()) {
                    throw new ConfigurationException(file + ", line " + line + " " + limits.rowsExceeded());
                }
                next = OutcomeJson.parse(text, file + ", line " + line);
            }
        }
        return true;
    }

    @Override
    public RecordedQuery next() {
        RecordedQuery query = hasNext() ? next : null;
        if (query == null) {
            throw new NoSuchElementException(file + " has no more lines");
        }
        next = null;
        return query;
    }

    private @Nullable String readLine() {
        try {
            int c = lines.read();
            if (c < 0) {
                return null;
            }
            StringBuilder text = new StringBuilder(512);
            while (c >= 0 && c != '\n') {
                if (text.length() == LONGEST_LINE) {
                    throw new ConfigurationException(file + ", line " + (line + 1) + " has more than " + LONGEST_LINE
                            + " characters; valid is one query a line");
                }
                text.append((char) c);
                c = lines.read();
            }
            return text.toString();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
