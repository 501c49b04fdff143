package io.github.tandem4j.router.outcomes;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Usd;
import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;
import org.jspecify.annotations.Nullable;

/** Recorded outcomes in CSV files of others. */
final class CsvOutcomes {

    private static final int MOST_COLUMNS = 30_000;
    private static final int MOST_ROWS = 5_000_000;
    private static final int LONGEST_FIELD = 16 << 20;
    private static final int LONGEST_NUMBER = 100;
    private static final String RESPONSE = "|model_response";
    private static final String COST = "|total_cost";

    private CsvOutcomes() {}

    static RecordedOutcomes routeLlm(Path file) {
        String name = String.valueOf(file.getFileName()).replaceAll("\\.(csv|gz)", "");
        int cut = name.indexOf('_');
        String benchmark = cut > 0 ? name.substring(0, cut) : name;
        String subject = cut > 0 ? name.substring(cut + 1) : "";
        return read(file, (header, row) -> {
            RecordedQuery query = RecordedQuery.of(name + "-" + row.getRecordNumber(), prompt(row, header))
                    .benchmark(benchmark);
            if (!subject.isBlank() && !subject.equals("responses")) {
                query = query.subject(subject);
            }
            for (int c = 0; c < header.size(); c++) {
                Double score = header.get(c).equals("prompt") ? null : score(row.get(c));
                if (score != null) {
                    query = query.outcome(header.get(c), RecordedOutcome.scored(score));
                }
            }
            return query;
        });
    }

    static RecordedOutcomes routerBench(Path file) {
        return read(file, (header, row) -> {
            int id = header.indexOf("sample_id");
            int benchmark = header.indexOf("eval_name");
            if (id < 0) {
                throw new IllegalArgumentException("has no column sample_id");
            }
            RecordedQuery query = RecordedQuery.of(row.get(id), prompt(row, header));
            if (benchmark >= 0 && !row.get(benchmark).isBlank()) {
                query = query.benchmark(row.get(benchmark));
            }
            for (int c = 0; c < header.size(); c++) {
                String model = header.get(c);
                int response = header.indexOf(model + RESPONSE);
                int cost = header.indexOf(model + COST);
                if ((response < 0 && cost < 0) || model.toLowerCase(Locale.ROOT).startsWith("oracle")) {
                    continue;
                }
                Double score = score(row.get(c));
                if (score == null) {
                    if (!row.get(c).isBlank()) {
                        throw new IllegalArgumentException("score of " + model + " is none; valid is 0..1");
                    }
                    continue; // a gap
                }
                RecordedOutcome outcome = RecordedOutcome.scored(score);
                outcome = response >= 0 ? outcome.response(row.get(response)) : outcome;
                if (cost >= 0 && !row.get(cost).isBlank()) {
                    outcome = outcome.cost(usd(row.get(cost)));
                }
                query = query.outcome(model, outcome);
            }
            return query;
        });
    }

    private static String prompt(CSVRecord row, List<String> header) {
        int place = header.indexOf("prompt");
        if (place < 0) {
            throw new IllegalArgumentException("has no column prompt");
        }
        if (row.get(place).isBlank()) {
            throw new IllegalArgumentException("has a blank prompt");
        }
        return row.get(place);
    }

    /** {@return the score; null if the field holds none} */
    private static @Nullable Double score(String field) {
        String text = field.strip();
        if (text.equalsIgnoreCase("true")) {
            return 1.0;
        }
        if (text.equalsIgnoreCase("false")) {
            return 0.0;
        }
        if (text.isEmpty() || text.length() > LONGEST_NUMBER) {
            return null;
        }
        double score;
        try {
            score = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return null;
        }
        if (!(score >= 0 && score <= 1)) {
            throw new IllegalArgumentException("has the score " + score + "; valid is 0..1");
        }
        return score;
    }

    private static Usd usd(String field) {
        if (field.length() > LONGEST_NUMBER) {
            throw new IllegalArgumentException("has a cost of " + field.length() + " characters; valid is a number");
        }
        return Usd.of(new BigDecimal(field.strip()));
    }

    private static RecordedOutcomes read(Path file, BiFunction<List<String>, CSVRecord, RecordedQuery> row) {
        try {
            return rows(file, row);
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

    private static RecordedOutcomes rows(Path file, BiFunction<List<String>, CSVRecord, RecordedQuery> row)
            throws IOException {
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .setDuplicateHeaderMode(DuplicateHeaderMode.DISALLOW)
                .setIgnoreEmptyLines(true)
                .get();
        List<RecordedQuery> queries = new ArrayList<>();
        try (Bounded reader = new Bounded(OutcomesReader.reader(file));
                CSVParser parser = CSVParser.parse(reader, format)) {
            List<String> header = parser.getHeaderNames().stream()
                    .map(name -> name.startsWith("\uFEFF") ? name.substring(1) : name)
                    .toList();
            if (header.isEmpty() || header.size() > MOST_COLUMNS) {
                throw new ConfigurationException(file + " has " + header.size() + " columns; valid is 1 to "
                        + MOST_COLUMNS + " with a name each");
            }
            for (CSVRecord record : parser) {
                reader.startOver();
                String where = file + ", line " + parser.getCurrentLineNumber();
                if (record.size() != header.size()) {
                    throw new ConfigurationException(
                            where + " has " + record.size() + " fields; valid is " + header.size() + ", one a column");
                }
                if (queries.size() == MOST_ROWS) {
                    throw new ConfigurationException(
                            where + " is beyond the " + MOST_ROWS + " rows that a file may have");
                }
                try {
                    queries.add(row.apply(header, record));
                } catch (IllegalArgumentException e) {
                    throw new ConfigurationException(where + " " + e.getMessage(), e);
                }
            }
        } catch (IllegalArgumentException e) { // names that stand twice
            throw new ConfigurationException(file + " has no valid header: " + e.getMessage(), e);
        }
        if (queries.stream().allMatch(query -> query.outcomes().isEmpty())) {
            throw new ConfigurationException(file + " has no outcome of any model; valid are columns of scores");
        }
        return RecordedOutcomes.of(queries);
    }

    /** Reads no row that is longer than a field may be, so that an open quote fills no memory. */
    private static final class Bounded extends FilterReader {

        private long read;

        Bounded(Reader in) {
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
            if (read > LONGEST_FIELD) {
                throw new IOException("a row has more than " + LONGEST_FIELD + " characters");
            }
        }
    }
}
