package io.github.tandem4j.router.outcomes;

import io.github.tandem4j.ConfigurationException;
import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** A CSV file of others: a header, and rows of as many fields. */
final class CsvTable {

    private static final int MOST_COLUMNS = 30_000;
    private static final int LONGEST_ROW = 16 << 20;

    /** What is done with a row. */
    interface Visitor {

        /**
         * Takes a row.
         *
         * @param row the number of the row, from 1; the header is none
         * @throws IllegalArgumentException if it is none, saying what it has; file and line are put before
         */
        void take(long row, CSVRecord fields);
    }

    private final Path file;
    private final OutcomeLimits limits;
    private final List<String> header;
    private final Map<String, Integer> places = new HashMap<>();

    private CsvTable(Path file, OutcomeLimits limits, List<String> header) {
        this.file = file;
        this.limits = limits;
        this.header = header;
        for (int c = 0; c < header.size(); c++) {
            if (!header.get(c).isEmpty() && places.putIfAbsent(header.get(c), c) != null) {
                throw new ConfigurationException(file + " has no valid header: '" + header.get(c)
                        + "' names two columns; valid are names that differ");
            }
        }
    }

    /** Reads the header. */
    static CsvTable of(Path file, OutcomeLimits limits) {
        return reading(file, limits, (reader, parser) -> {
            Iterator<CSVRecord> records = parser.iterator();
            List<String> names = records.hasNext()
                    ? records.next().stream().map(CsvTable::name).toList()
                    : List.of();
            if (names.size() > MOST_COLUMNS || names.stream().allMatch(String::isEmpty)) {
                throw new ConfigurationException(
                        file + " has " + names.size() + " columns; valid is 1 to " + MOST_COLUMNS + ", with names");
            }
            return new CsvTable(file, limits, names);
        });
    }

    /** {@return the name of a column; empty for one that pandas has made of its row numbers} */
    private static String name(String field) {
        String name = (field.startsWith("\uFEFF") ? field.substring(1) : field).strip();
        return name.matches("Unnamed: \\d+") ? "" : name;
    }

    /** {@return the names of the columns; empty for one without a name} */
    List<String> header() {
        return header;
    }

    /** {@return the place of this column; -1 if there is none} */
    int place(String name) {
        return places.getOrDefault(name, -1);
    }

    /** Reads all rows. */
    void rows(Visitor visitor) {
        reading(file, limits, (reader, parser) -> {
            long row = -1;
            for (CSVRecord fields : parser) {
                reader.startOver();
                row++;
                if (row == 0) {
                    continue; // the header
                }
                String where = file + ", line " + parser.getCurrentLineNumber();
                if (fields.size() != header.size()) {
                    throw new ConfigurationException(
                            where + " has " + fields.size() + " fields; valid is " + header.size() + ", one a column");
                }
                if (row > limits.rows()) {
                    throw new ConfigurationException(where + " " + limits.rowsExceeded());
                }
                try {
                    visitor.take(row, fields);
                } catch (IllegalArgumentException e) {
                    throw new ConfigurationException(where + " " + e.getMessage(), e);
                }
            }
            return row;
        });
    }

    private interface Reading<T> {
        T of(RowBound reader, CSVParser parser);
    }

    private static <T> T reading(Path file, OutcomeLimits limits, Reading<T> reading) {
        try {
            CSVFormat format =
                    CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true).get();
            try (RowBound reader = new RowBound(OutcomesReader.reader(file, limits));
                    CSVParser parser = CSVParser.parse(reader, format)) {
                return reading.of(reader, parser);
            }
        } catch (NoClassDefFoundError e) {
            throw new ConfigurationException(
                    "CSV is read with Commons CSV, which is not on the class path; add org.apache.commons:commons-csv",
                    e);
        } catch (CSVException e) {
            throw new ConfigurationException(file + " is no CSV file: " + e.getMessage(), e);
        } catch (IOException | UncheckedIOException e) {
            throw new ConfigurationException(
                    file + " cannot be read as recorded outcomes in CSV: " + e.getMessage(), e);
        }
    }

    /** Reads no row that is longer than one may be, so that an open quote fills no memory. */
    private static final class RowBound extends FilterReader {

        private long read;

        RowBound(Reader in) {
            super(in);
        }

        void startOver() {
            read = 0;
        }

        @Override
        public int read() throws IOException {
            count(1);
            return super.read();
        }

        @Override
        public int read(char[] buffer, int from, int length) throws IOException {
            int more = super.read(buffer, from, length);
            count(Math.max(0, more));
            return more;
        }

        private void count(int more) throws IOException {
            read += more;
            if (read > LONGEST_ROW) {
                throw new IOException("a row has more than " + LONGEST_ROW + " characters");
            }
        }
    }
}
