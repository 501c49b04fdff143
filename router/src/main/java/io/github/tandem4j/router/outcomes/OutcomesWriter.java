package io.github.tandem4j.router.outcomes;

import io.github.tandem4j.ConfigurationException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Writes recorded outcomes beside the file that is wanted, and moves them there when they are whole. */
final class OutcomesWriter {

    private OutcomesWriter() {}

    static void write(Path file, List<RecordedQuery> queries) {
        Path target = file.toAbsolutePath();
        try {
            Path beside = Files.createTempFile(target.getParent(), target.getFileName() + ".", ".part");
            try {
                try (OutputStream out = Files.newOutputStream(beside);
                        OutputStream zipped = file.toString().endsWith(".gz") ? new GZIPOutputStream(out) : out;
                        BufferedWriter lines =
                                new BufferedWriter(new OutputStreamWriter(zipped, StandardCharsets.UTF_8))) {
                    for (RecordedQuery query : queries) {
                        lines.write(OutcomeJson.format(query));
                        lines.write('\n');
                    }
                }
                Files.move(beside, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            throw new ConfigurationException(file + " cannot be written: " + e, e);
        }
    }
}
