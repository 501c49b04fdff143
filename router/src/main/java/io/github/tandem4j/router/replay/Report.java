package io.github.tandem4j.router.replay;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a replay found out, with baselines and intervals. Immutable; {@link #toString} is a summary for a terminal. */
public final class Report {

    private final String name;
    private final ReportProvenance provenance;
    private final List<Figures> figures;
    private final @Nullable RouterFigures router;
    private final @Nullable Routability routability;
    private final Map<String, String> remarks;

    private Report(
            String name,
            ReportProvenance provenance,
            List<Figures> figures,
            @Nullable RouterFigures router,
            @Nullable Routability routability,
            Map<String, String> remarks) {
        this.name = name;
        this.provenance = provenance;
        this.figures = List.copyOf(figures);
        this.router = router;
        this.routability = routability;
        this.remarks = remarks;
    }

    static Report of(
            String name,
            ReportProvenance provenance,
            List<Figures> figures,
            @Nullable RouterFigures router,
            @Nullable Routability routability) {
        return new Report(name, provenance, figures, router, routability, Map.of());
    }

    /** This report with one more line of provenance, such as the command that made it. */
    public Report remark(String what, String value) {
        Map<String, String> more = new LinkedHashMap<>(remarks);
        more.put(what, value);
        return new Report(name, provenance, figures, router, routability, Collections.unmodifiableMap(more));
    }

    Map<String, String> inWords() {
        Map<String, String> words = new LinkedHashMap<>(provenance.inWords());
        words.putAll(remarks);
        return words;
    }

    /** {@return what was measured} */
    public String name() {
        return name;
    }

    /** {@return what it was measured on} */
    public ReportProvenance provenance() {
        return provenance;
    }

    /** {@return what was measured, always the weak model, always the strong one, chance at the same rate, and an oracle} */
    public List<Figures> figures() {
        return figures;
    }

    /** {@return the figures of what was measured} */
    public Figures measured() {
        return figures.get(0);
    }

    /** {@return the figures of the weak model alone} */
    public Figures weak() {
        return figures.get(1);
    }

    /** {@return the figures of the strong model alone} */
    public Figures strong() {
        return figures.get(2);
    }

    /** {@return the figures of chance at the same share of strong calls} */
    public Figures random() {
        return figures.get(3);
    }

    /** {@return the figures of one who knows the outcomes} */
    public Figures oracle() {
        return figures.get(4);
    }

    /** {@return the whole curve of a score; empty if a strategy was measured, which has one place on it} */
    public Optional<RouterFigures> router() {
        return Optional.ofNullable(router);
    }

    /** {@return whether routing pays here; empty if a strategy was measured} */
    public Optional<Routability> routability() {
        return Optional.ofNullable(routability);
    }

    /** {@return all figures as one JSON object; what is not known is null} */
    public String toJson() {
        return ReportJson.of(this).toPrettyString();
    }

    /** {@return the table of figures as CSV, and below it the curve if there is one; what is not known is empty} */
    public String toCsv() {
        return ReportText.csv(this);
    }

    /** {@return the table of figures, the metrics and the verdict, for a terminal of 100 columns} */
    @Override
    public String toString() {
        return ReportText.of(this);
    }

    /**
     * Writes one self-contained HTML page: beside the file first, and moved into place when it is whole.
     *
     * @throws io.github.tandem4j.ConfigurationException if it cannot be written
     */
    public void writeHtml(Path file) {
        ReportHtml.write(this, file);
    }
}
