package io.github.tandem4j.router.outcomes;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Usd;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Recorded outcomes in CSV files of others. */
final class CsvOutcomes {

    private static final int LONGEST_NUMBER = 100;
    private static final String PROMPT = "prompt";
    private static final String RESPONSE = "|model_response";
    private static final String COST = "|total_cost";

    private CsvOutcomes() {}

    /** The file is read twice: only its end tells whether a column holds scores and nothing else. */
    static RecordedOutcomes routeLlm(Path file, OutcomeLimits limits) {
        String name = String.valueOf(file.getFileName()).replaceAll("\\.(csv|gz)", "");
        int cut = name.indexOf('_');
        String benchmark = cut > 0 ? name.substring(0, cut) : name;
        String subject = cut > 0 ? name.substring(cut + 1) : "";
        CsvTable table = CsvTable.of(file, limits);
        ScoreColumns columns = new ScoreColumns(table);
        table.rows((row, fields) -> columns.look(fields));
        List<Integer> models = columns.models();
        List<RecordedQuery> queries = new ArrayList<>();
        table.rows((row, fields) -> {
            RecordedQuery query =
                    RecordedQuery.of(name + "-" + row, prompt(fields, table)).benchmark(benchmark);
            if (!subject.isBlank() && !subject.equals("responses")) {
                query = query.subject(subject);
            }
            Map<String, RecordedOutcome> outcomes = new LinkedHashMap<>();
            for (int c : models) {
                Double score = score(fields.get(c));
                if (score != null) {
                    outcomes.put(table.header().get(c), RecordedOutcome.scored(score));
                }
            }
            queries.add(query.outcomes(outcomes));
        });
        return whole(file, queries);
    }

    /** Which columns are models. */
    private static final class ScoreColumns {

        private final CsvTable table;
        private final boolean[] hasScores;
        private final boolean[] hasOthers;

        ScoreColumns(CsvTable table) {
            this.table = table;
            hasScores = new boolean[table.header().size()];
            hasOthers = new boolean[table.header().size()];
        }

        void look(CSVRecord fields) {
            for (int c = 0; c < hasScores.length; c++) {
                if (!hasOthers[c] && !fields.get(c).isBlank()) {
                    if (isNumber(fields.get(c))) {
                        hasScores[c] = true;
                    } else {
                        hasOthers[c] = true;
                    }
                }
            }
        }

        List<Integer> models() {
            List<Integer> models = new ArrayList<>();
            for (int c = 0; c < hasScores.length; c++) {
                String name = table.header().get(c);
                if (hasScores[c] && !hasOthers[c] && !name.isEmpty() && !name.equals(PROMPT)) {
                    models.add(c);
                }
            }
            return models;
        }
    }

    /** A model's columns. */
    private record Columns(String model, int score, int response, int cost) {}

    static RecordedOutcomes routerBench(Path file, OutcomeLimits limits) {
        CsvTable table = CsvTable.of(file, limits);
        int id = table.place("sample_id");
        int benchmark = table.place("eval_name");
        if (id < 0) {
            throw new ConfigurationException(file + " has no column sample_id");
        }
        List<Columns> models = new ArrayList<>();
        for (int c = 0; c < table.header().size(); c++) {
            String model = table.header().get(c);
            int response = table.place(model + RESPONSE);
            int cost = table.place(model + COST);
            boolean isOracle = model.toLowerCase(Locale.ROOT).startsWith("oracle");
            if ((response >= 0 || cost >= 0) && !model.isEmpty() && !isOracle) {
                models.add(new Columns(model, c, response, cost));
            }
        }
        List<RecordedQuery> queries = new ArrayList<>();
        table.rows((row, fields) -> {
            RecordedQuery query = RecordedQuery.of(fields.get(id), prompt(fields, table));
            if (benchmark >= 0 && !fields.get(benchmark).isBlank()) {
                query = query.benchmark(fields.get(benchmark));
            }
            Map<String, RecordedOutcome> outcomes = new LinkedHashMap<>();
            for (Columns columns : models) {
                String field = fields.get(columns.score());
                Double score = score(field);
                if (score != null) {
                    outcomes.put(columns.model(), outcome(score, fields, columns));
                } else if (!field.isBlank()) {
                    throw new IllegalArgumentException("score of " + columns.model() + " is none; valid is 0..1");
                }
            }
            queries.add(query.outcomes(outcomes));
        });
        return whole(file, queries);
    }

    private static RecordedOutcome outcome(double score, CSVRecord fields, Columns columns) {
        RecordedOutcome outcome = RecordedOutcome.scored(score);
        outcome = columns.response() >= 0 ? outcome.response(fields.get(columns.response())) : outcome;
        return columns.cost() >= 0 && !fields.get(columns.cost()).isBlank()
                ? outcome.cost(usd(fields.get(columns.cost())))
                : outcome;
    }

    private static String prompt(CSVRecord fields, CsvTable table) {
        int place = table.place(PROMPT);
        if (place < 0) {
            throw new IllegalArgumentException("has no column prompt");
        }
        if (fields.get(place).isBlank()) {
            throw new IllegalArgumentException("has a blank prompt");
        }
        return fields.get(place);
    }

    private static boolean isNumber(String field) {
        return !Double.isNaN(number(field)) || field.strip().equalsIgnoreCase("nan");
    }

    /** {@return the number, true and false included; NaN if there is none} */
    private static double number(String field) {
        String text = field.strip();
        if (text.equalsIgnoreCase("true")) {
            return 1;
        }
        if (text.equalsIgnoreCase("false")) {
            return 0;
        }
        if (text.isEmpty() || text.length() > LONGEST_NUMBER) {
            return Double.NaN;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** {@return the score; null if the field holds no number} */
    private static @Nullable Double score(String field) {
        if (!isNumber(field)) {
            return null;
        }
        double score = number(field);
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

    private static RecordedOutcomes whole(Path file, List<RecordedQuery> queries) {
        if (queries.stream().allMatch(query -> query.outcomes().isEmpty())) {
            throw new ConfigurationException(file + " has no outcome of any model; valid are columns of scores");
        }
        return RecordedOutcomes.of(queries);
    }
}
