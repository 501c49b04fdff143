package io.github.tandem4j.router.outcomes;

import io.github.tandem4j.router.WholeFile;
import java.io.BufferedWriter;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Writes recorded outcomes beside the file that is wanted, and moves them there when they are whole. */
final class OutcomesWriter {

    private OutcomesWriter() {}

    static void write(Path file, List<RecordedQuery> queries) {
        WholeFile.write(file, out -> {
            try (OutputStream zipped = file.toString().endsWith(".gz") ? new GZIPOutputStream(out) : out;
                    BufferedWriter lines = new BufferedWriter(new OutputStreamWriter(zipped, StandardCharsets.UTF_8))) {
                for (RecordedQuery query : queries) {
                    lines.write(OutcomeJson.format(query));
                    lines.write('\n');
                }
            }
        });
    }
}
