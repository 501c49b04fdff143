package io.github.tandem4j.router.replay;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A plot as inline SVG whose colours the page decides, with its legend as text of the page below it. Only this class knows
 * the plotting library.
 */
final class Diagram {

    /** How an axis is labelled. */
    enum Scale {
        /** Shares of all, from 0 to 100 %. */
        SHARE,
        /** Numbers, from the least to the most. */
        NUMBER
    }

    private static final Color NONE = new Color(0, 0, 0, 0);
    private static final List<String> INKS = inks();
    private static final int MODELS = 10;

    private final int width;
    private final int height;
    private final XYChart chart;
    private final StringBuilder legend = new StringBuilder();
    private final Scale scale;
    private int series;

    private static List<String> inks() {
        return List.of(
                "ink", "grid", "router", "oracle", "chance", "weak", "strong", "good", "bad", "m0", "m1", "m2", "m3",
                "m4", "m5", "m6", "m7", "m8", "m9");
    }

    Diagram(int width, int height, String x, Scale xScale, String y) {
        this.width = width;
        this.height = height;
        scale = xScale;
        chart = new XYChartBuilder()
                .width(width)
                .height(height)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
        chart.getStyler()
                .setChartBackgroundColor(NONE)
                .setPlotBackgroundColor(NONE)
                .setPlotBorderVisible(false)
                .setChartFontColor(color("ink"))
                .setChartTitleVisible(false)
                .setLegendVisible(false)
                .setLocale(Locale.ROOT)
                .setChartPadding(4)
                .setMarkerSize(9);
        chart.getStyler()
                .setAxisTitleFont(font)
                .setAxisTickLabelsFont(font)
                .setAxisTickLabelsColor(color("ink"))
                .setAxisTickMarksColor(color("grid"))
                .setPlotGridLinesColor(color("grid"))
                .setPlotGridLinesStroke(new BasicStroke(1))
                .setXAxisTickMarkSpacingHint(74)
                .setYAxisTickMarkSpacingHint(52)
                .setYAxisDecimalPattern("0.###");
        chart.getStyler().setPlotMargin(0).setPlotContentSize(0.97);
        if (xScale == Scale.SHARE) {
            chart.getStyler()
                    .setXAxisMin(0.0)
                    .setXAxisMax(1.0)
                    .setXAxisTickLabelsFormattingFunction(share -> Math.round(100 * share) + " %");
        } else {
            chart.getStyler().setXAxisDecimalPattern("0.####");
        }
    }

    private static Color color(String ink) {
        return new Color(0x010100 + INKS.indexOf(ink));
    }

    /** {@return the ink of the model at this place; beyond ten they repeat} */
    static String ofModel(int place) {
        return "m" + place % MODELS;
    }

    /** Draws a line. */
    Diagram line(String name, double[] x, double[] y, String ink, float thickness) {
        add(x, y, ink, new BasicStroke(thickness, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        return legend(key("", ink), name);
    }

    /** Draws a dashed line, for what others are held against. */
    Diagram dashed(String name, double[] x, double[] y, String ink) {
        add(x, y, ink, new BasicStroke(1.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {5, 4}, 0));
        return legend(key("dash", ink), name);
    }

    /** Draws the area between two lines over the same places. */
    Diagram band(String name, double[] x, double[] low, double[] high, String ink) {
        int n = x.length;
        double[] around = new double[2 * n + 1];
        double[] edge = new double[2 * n + 1];
        for (int i = 0; i < n; i++) {
            around[i] = x[i];
            edge[i] = high[i];
            around[2 * n - 1 - i] = x[i];
            edge[2 * n - 1 - i] = low[i];
        }
        around[2 * n] = around[0];
        edge[2 * n] = edge[0];
        XYSeries area = add(around, edge, ink, new BasicStroke(0));
        area.setLineColor(NONE);
        area.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.PolygonArea);
        Color color = color(ink);
        area.setFillColor(new Color(color.getRed(), color.getGreen(), color.getBlue(), 45));
        return legend(key("area", ink), name);
    }

    /** Draws one point. */
    Diagram point(String name, double x, double y, String ink) {
        if (Double.isFinite(x) && Double.isFinite(y)) {
            dots(new double[] {x}, new double[] {y}, ink);
            legend(key("dot", ink), name);
        }
        return this;
    }

    /** Draws dots that need no entry in the legend, such as those on a line. */
    Diagram dots(double[] x, double[] y, String ink) {
        XYSeries dots = add(x, y, ink, new BasicStroke(0));
        dots.setLineColor(NONE);
        dots.setMarker(SeriesMarkers.CIRCLE);
        return this;
    }

    private XYSeries add(double[] x, double[] y, String ink, BasicStroke stroke) {
        if (scale == Scale.SHARE && series == 0) {
            // XChart takes evenly spaced places for the ticks, every 6 % for example; this one, unseen, is off them.
            XYSeries off = chart.addSeries("off", new double[] {1 / 3.0}, new double[] {y[0]});
            off.setLineColor(NONE);
            off.setMarker(SeriesMarkers.NONE);
        }
        XYSeries added = chart.addSeries("s" + series++, x, y);
        added.setLineColor(color(ink));
        added.setMarkerColor(color(ink));
        added.setMarker(SeriesMarkers.NONE);
        added.setLineStyle(stroke);
        return added;
    }

    private Diagram legend(String key, String name) {
        legend.append("<li>").append(key).append(HtmlPage.escaped(name)).append("</li>\n");
        return this;
    }

    /** {@return a sample of an ink, for a legend or a table; the kind is a class of the style sheet, and may be empty} */
    static String key(String kind, String ink) {
        String what = kind.equals("dot") || kind.equals("area") ? "background" : "border-color";
        return "<span class=\"key " + kind + "\" style=\"" + what + ":var(--" + ink + ")\"></span>";
    }

    /** Leaves room below the least and above the most of these, for lines that would run along an edge. */
    Diagram heights(double... values) {
        double least = Arrays.stream(values).filter(Double::isFinite).min().orElse(0);
        double most = Arrays.stream(values).filter(Double::isFinite).max().orElse(1);
        double room = Math.max(0.01, 0.06 * (most - least));
        chart.getStyler().setYAxisMin(least - room).setYAxisMax(most + room);
        return this;
    }

    /** {@return the plot with its legend} */
    String html(String label) {
        Map<Integer, String> variables = new HashMap<>();
        INKS.forEach(ink -> variables.put(color(ink).getRGB() & 0xffffff, "--" + ink));
        SvgGraphics graphics = new SvgGraphics(variables);
        chart.paint(graphics, width, height);
        graphics.dispose();
        return "<figure><svg" + (width > 600 ? " class=\"wide\"" : "") + " viewBox=\"0 0 " + width + " " + height
                + "\" role=\"img\" aria-label=\""
                + HtmlPage.escaped(label) + "\">\n" + graphics.paths() + "</svg></figure>\n<ul class=\"legend\">\n"
                + legend + "</ul>\n";
    }
}
