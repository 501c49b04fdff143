package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.CostQualityCurve;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of a report, as inline SVG whose colours the page decides. Only this class knows the plotting library. */
final class Plots {

    private static final int WIDTH = 820;
    private static final int HEIGHT = 440;

    private static final Color NONE = new Color(0, 0, 0, 0);
    private static final Color INK = new Color(0x010101);
    private static final Color GRID = new Color(0x010102);
    private static final Color ROUTER = new Color(0x010103);
    private static final Color ORACLE = new Color(0x010104);
    private static final Color CHANCE = new Color(0x010105);
    private static final Color WEAK = new Color(0x010106);
    private static final Color STRONG = new Color(0x010107);

    private static final Map<Integer, String> VARIABLES = variables();

    private Plots() {}

    private static Map<Integer, String> variables() {
        Map<Integer, String> names = new HashMap<>();
        names.put(INK.getRGB() & 0xffffff, "--ink");
        names.put(GRID.getRGB() & 0xffffff, "--grid");
        names.put(ROUTER.getRGB() & 0xffffff, "--router");
        names.put(ORACLE.getRGB() & 0xffffff, "--oracle");
        names.put(CHANCE.getRGB() & 0xffffff, "--chance");
        names.put(WEAK.getRGB() & 0xffffff, "--weak");
        names.put(STRONG.getRGB() & 0xffffff, "--strong");
        return names;
    }

    static String curve(Report report, RouterFigures router) {
        XYChart chart = chart("Share of strong calls", "Mean quality");
        double[] shares = router.bands().stream()
                .mapToDouble(RouterFigures.Band::strongShare)
                .toArray();
        int n = shares.length;
        double[] around = new double[2 * n + 1];
        double[] edge = new double[2 * n + 1];
        for (int i = 0; i < n; i++) {
            around[i] = shares[i];
            edge[i] = router.bands().get(i).quality().high();
            around[2 * n - 1 - i] = shares[i];
            edge[2 * n - 1 - i] = router.bands().get(i).quality().low();
        }
        around[2 * n] = around[0];
        edge[2 * n] = edge[0];
        XYSeries band = line(chart, "95 % interval", around, edge, NONE, 0, 0);
        band.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.PolygonArea);
        band.setFillColor(new Color(ROUTER.getRed(), ROUTER.getGreen(), ROUTER.getBlue(), 45));
        double weak = report.weak().score().value();
        double strong = report.strong().score().value();
        double[] ends = {0, 1};
        line(chart, "oracle", shares, qualities(router.oracle()), ORACLE, 1.6f, 0);
        line(chart, "router", shares, values(router), ROUTER, 2.6f, 0);
        line(chart, "chance", ends, new double[] {weak, strong}, CHANCE, 1.6f, 6);
        line(chart, "always strong", ends, new double[] {strong, strong}, STRONG, 1.2f, 3);
        line(chart, "always weak", ends, new double[] {weak, weak}, WEAK, 1.2f, 3);
        return svg(chart, "Mean quality against the share of strong calls, with baselines");
    }

    static String reliability(RouterFigures router) {
        XYChart chart = chart("Estimated gain of the strong model", "Real gain");
        double[] estimated = router.reliability().stream()
                .mapToDouble(RouterFigures.Bin::estimated)
                .toArray();
        double[] real = router.reliability().stream()
                .mapToDouble(RouterFigures.Bin::real)
                .toArray();
        line(chart, "ten parts of the queries", estimated, real, ROUTER, 2.2f, 0)
                .setMarker(SeriesMarkers.CIRCLE);
        double least = Math.min(min(estimated), min(real));
        double most = Math.max(max(estimated), max(real));
        if (max(estimated) <= 1 && min(estimated) >= -1 && most > least) {
            double[] ends = {least, most};
            line(chart, "as estimated", ends, ends, CHANCE, 1.4f, 6);
        }
        return svg(chart, "Real gain against estimated gain");
    }

    static String risk(RouterFigures router) {
        XYChart chart = chart("Share of queries that stay with the weak model", "Error among them");
        double[] share = router.risk().stream()
                .mapToDouble(RouterFigures.Risk::weakShare)
                .toArray();
        double[] error =
                router.risk().stream().mapToDouble(RouterFigures.Risk::error).toArray();
        line(chart, "router", share, error, ROUTER, 2.4f, 0);
        double all = error[error.length - 1];
        line(chart, "chance", new double[] {0, 1}, new double[] {all, all}, CHANCE, 1.4f, 6);
        return svg(chart, "Error of the weak model's answers against the share of queries that stay with it");
    }

    static String figures(List<Figures> figures) {
        XYChart chart = chart("Share of strong calls", "Mean quality");
        Color[] colors = {ROUTER, WEAK, STRONG, CHANCE, ORACLE};
        String[] names = {"measured", "always weak", "always strong", "chance at the same rate", "oracle"};
        for (int i = 0; i < figures.size(); i++) {
            Figures each = figures.get(i);
            line(
                            chart,
                            names[i],
                            new double[] {each.strongShare().value()},
                            new double[] {each.score().value()},
                            colors[i],
                            2,
                            0)
                    .setMarker(SeriesMarkers.CIRCLE);
        }
        return svg(chart, "Mean quality against the share of strong calls");
    }

    private static XYChart chart(String x, String y) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
        chart.getStyler()
                .setChartBackgroundColor(NONE)
                .setPlotBackgroundColor(NONE)
                .setPlotBorderVisible(false)
                .setChartFontColor(INK)
                .setChartTitleVisible(false)
                .setLegendBackgroundColor(NONE)
                .setLegendBorderColor(NONE)
                .setLegendFont(font)
                .setLegendPosition(LegendPosition.OutsideE)
                .setMarkerSize(7);
        chart.getStyler()
                .setAxisTitleFont(font)
                .setAxisTickLabelsFont(font)
                .setAxisTickLabelsColor(INK)
                .setAxisTickMarksColor(GRID)
                .setPlotGridLinesColor(GRID)
                .setPlotGridLinesStroke(new BasicStroke(1))
                .setPlotMargin(0)
                .setXAxisTickMarkSpacingHint(90)
                .setXAxisDecimalPattern("0.##")
                .setYAxisDecimalPattern("0.###");
        return chart;
    }

    private static XYSeries line(
            XYChart chart, String name, double[] x, double[] y, Color color, float width, float dash) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setLineColor(color);
        series.setMarkerColor(color);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineStyle(
                dash == 0
                        ? new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND)
                        : new BasicStroke(
                                width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {dash, dash}, 0));
        return series;
    }

    private static String svg(XYChart chart, String label) {
        SvgGraphics graphics = new SvgGraphics(VARIABLES);
        chart.paint(graphics, WIDTH, HEIGHT);
        graphics.dispose();
        return "<svg viewBox=\"0 0 " + WIDTH + " " + HEIGHT + "\" role=\"img\" aria-label=\"" + label + "\">\n"
                + graphics.paths() + "</svg>\n";
    }

    private static double[] values(RouterFigures router) {
        return router.bands().stream()
                .mapToDouble(band -> band.quality().value())
                .toArray();
    }

    private static double[] qualities(List<CostQualityCurve.Point> points) {
        return points.stream().mapToDouble(CostQualityCurve.Point::quality).toArray();
    }

    private static double min(double[] values) {
        return Arrays.stream(values).min().orElse(0);
    }

    private static double max(double[] values) {
        return Arrays.stream(values).max().orElse(0);
    }
}
