package io.github.tandem4j.router.replay;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A page in the making that needs nothing but itself: no script, no font, no image from anywhere, which its own security
 * policy forbids as well. Texts are escaped here, except where a parameter is called {@code html}.
 */
final class HtmlPage {

    /** A figure on its own: what it is, its value, and what it means. */
    record Card(String what, String value, String note) {}

    private final StringBuilder page = new StringBuilder();

    HtmlPage(String what, String title, String lead) {
        page.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
                .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src"
                        + " 'unsafe-inline'\"/>\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>")
                .append(escaped(title))
                .append("</title>\n<style>\n")
                .append(style())
                .append("</style>\n</head>\n<body>\n<main>\n<header><p class=\"eyebrow\">")
                .append(escaped(what))
                .append("</p>\n<h1>")
                .append(escaped(title))
                .append("</h1>\n<p class=\"soft\">")
                .append(escaped(lead))
                .append("</p></header>\n");
    }

    /** Writes a page, whole or not at all. */
    static void write(Path file, Supplier<String> page) {
        String text;
        try {
            text = page.get();
        } catch (NoClassDefFoundError e) {
            throw new ConfigurationException(
                    "HTML reports are drawn with XChart, which is not on the class path; add org.knowm.xchart:xchart",
                    e);
        }
        WholeFile.write(file, text);
    }

    private static String style() {
        try (InputStream in = Objects.requireNonNull(HtmlPage.class.getResourceAsStream("report.css"), "report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the style of reports cannot be read from this library", e);
        }
    }

    /** @param kind yes, no, or anything else where the data do not tell */
    void verdict(String kind, String headline, List<String> paragraphs) {
        page.append("<section class=\"verdict ").append(escaped(kind)).append("\"><h2>");
        page.append(escaped(headline)).append("</h2>");
        paragraphs.forEach(text -> page.append("\n<p>").append(escaped(text)).append("</p>"));
        page.append("</section>\n");
    }

    void cards(List<Card> cards) {
        page.append("<section class=\"cards\">\n");
        for (Card card : cards) {
            page.append("<div><span>").append(escaped(card.what)).append("</span><b>");
            page.append(escaped(card.value)).append("</b><small>");
            page.append(escaped(card.note)).append("</small></div>\n");
        }
        page.append("</section>\n");
    }

    void section(String title, String lead, String html) {
        page.append("<section><h2>").append(escaped(title)).append("</h2>\n");
        if (!lead.isEmpty()) {
            page.append("<p class=\"soft\">").append(escaped(lead)).append("</p>\n");
        }
        page.append(html).append("</section>\n");
    }

    /** What follows stands side by side where there is room. */
    void beginRow() {
        page.append("<div class=\"row\">\n");
    }

    void endRow() {
        page.append("</div>\n");
    }

    void facts(String title, Map<String, String> facts) {
        StringBuilder list = new StringBuilder("<dl>\n");
        facts.forEach((what, value) -> list.append("<dt>")
                .append(escaped(what))
                .append("</dt><dd>")
                .append(escaped(value))
                .append("</dd>\n"));
        section(title, "", list.append("</dl>").toString());
    }

    String html() {
        return page + "</main>\n</body>\n</html>\n";
    }

    /** {@return the text so that it is nothing but text in an element or in a quoted attribute} */
    static String escaped(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '&' -> safe.append("&amp;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> {
                    if (c >= ' ' && c != 0x7f && !(c >= 0xd800 && c <= 0xdfff) && c < 0xfffe) {
                        safe.appendCodePoint(c);
                    } else {
                        safe.append(c > 0xffff ? Character.toString(c) : "\uFFFD");
                    }
                }
            }
        });
        return safe.toString();
    }
}
