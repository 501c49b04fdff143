package io.github.tandem4j.router.replay;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.Shape;
import java.awt.font.GlyphVector;
import java.awt.geom.Arc2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.PathIterator;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.text.AttributedCharacterIterator;
import java.util.Locale;
import java.util.Map;

/**
 * Paints shapes and texts as SVG paths. Texts become outlines, so that no text of anybody's is in the markup. Colours
 * that have a name become that CSS variable, so that the page decides them. Images, clips and composites are not painted:
 * the plots have none that matter.
 */
final class SvgGraphics extends RememberingGraphics {

    private final StringBuilder paths;
    private final Map<Integer, String> variables;

    /** @param variables CSS variables by RGB */
    SvgGraphics(Map<Integer, String> variables) {
        this(new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB).createGraphics(), new StringBuilder(), variables);
    }

    private SvgGraphics(Graphics2D state, StringBuilder paths, Map<Integer, String> variables) {
        super(state);
        this.paths = paths;
        this.variables = variables;
    }

    /** {@return the paths so far, as the inside of an {@code svg} element} */
    String paths() {
        return paths.toString();
    }

    @Override
    public void draw(Shape shape) {
        if (state.getStroke() instanceof BasicStroke stroke) {
            StringBuilder style = new StringBuilder("fill=\"none\" stroke=\"").append(paint("stroke"));
            style.append(" stroke-width=\"")
                    .append(number(stroke.getLineWidth()))
                    .append('"');
            if (stroke.getDashArray() != null) {
                style.append(" stroke-dasharray=\"");
                for (float dash : stroke.getDashArray()) {
                    style.append(number(dash)).append(' ');
                }
                style.append('"');
            }
            path(shape, style.append(" stroke-linejoin=\"round\"").toString());
        } else {
            fill(state.getStroke().createStrokedShape(shape));
        }
    }

    @Override
    public void fill(Shape shape) {
        path(shape, "fill=\"" + paint("fill"));
    }

    /** {@return the colour, its closing quote and its opacity} */
    private String paint(String what) {
        Color color = state.getColor();
        String name = variables.get(color.getRGB() & 0xffffff);
        String value =
                name == null ? String.format(Locale.ROOT, "#%06x", color.getRGB() & 0xffffff) : "var(" + name + ")";
        return color.getAlpha() == 255
                ? value + '"'
                : value + "\" " + what + "-opacity=\"" + number(color.getAlpha() / 255.0) + '"';
    }

    private void path(Shape shape, String style) {
        if (state.getColor().getAlpha() == 0) {
            return;
        }
        StringBuilder d = new StringBuilder();
        double[] at = new double[6];
        for (PathIterator i = shape.getPathIterator(state.getTransform()); !i.isDone(); i.next()) {
            int kind = i.currentSegment(at);
            int numbers =
                    switch (kind) {
                        case PathIterator.SEG_MOVETO, PathIterator.SEG_LINETO -> 2;
                        case PathIterator.SEG_QUADTO -> 4;
                        case PathIterator.SEG_CUBICTO -> 6;
                        default -> 0;
                    };
            d.append("MLQCZ".charAt(kind));
            for (int n = 0; n < numbers; n++) {
                d.append(n == 0 ? "" : " ").append(number(at[n]));
            }
        }
        if (!d.isEmpty()) {
            paths.append("<path ").append(style).append(" d=\"").append(d).append("\"/>\n");
        }
    }

    private static String number(double value) {
        double rounded = Math.rint(value * 100) / 100;
        return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
    }

    @Override
    public void drawString(String text, float x, float y) {
        if (!text.isEmpty()) {
            drawGlyphVector(state.getFont().createGlyphVector(state.getFontRenderContext(), text), x, y);
        }
    }

    @Override
    public void drawString(String text, int x, int y) {
        drawString(text, (float) x, (float) y);
    }

    @Override
    public void drawString(AttributedCharacterIterator text, float x, float y) {
        StringBuilder plain = new StringBuilder();
        for (char c = text.first(); c != AttributedCharacterIterator.DONE; c = text.next()) {
            plain.append(c);
        }
        drawString(plain.toString(), x, y);
    }

    @Override
    public void drawString(AttributedCharacterIterator text, int x, int y) {
        drawString(text, (float) x, (float) y);
    }

    @Override
    public void drawGlyphVector(GlyphVector glyphs, float x, float y) {
        fill(glyphs.getOutline(x, y));
    }

    @Override
    public Graphics create() {
        return new SvgGraphics((Graphics2D) state.create(), paths, variables);
    }

    @Override
    public void drawLine(int x1, int y1, int x2, int y2) {
        draw(new Line2D.Double(x1, y1, x2, y2));
    }

    @Override
    public void fillRect(int x, int y, int width, int height) {
        fill(new Rectangle(x, y, width, height));
    }

    @Override
    public void clearRect(int x, int y, int width, int height) {
        // the page behind is clear
    }

    @Override
    public void drawRoundRect(int x, int y, int width, int height, int arcWidth, int arcHeight) {
        draw(new RoundRectangle2D.Double(x, y, width, height, arcWidth, arcHeight));
    }

    @Override
    public void fillRoundRect(int x, int y, int width, int height, int arcWidth, int arcHeight) {
        fill(new RoundRectangle2D.Double(x, y, width, height, arcWidth, arcHeight));
    }

    @Override
    public void drawOval(int x, int y, int width, int height) {
        draw(new Ellipse2D.Double(x, y, width, height));
    }

    @Override
    public void fillOval(int x, int y, int width, int height) {
        fill(new Ellipse2D.Double(x, y, width, height));
    }

    @Override
    public void drawArc(int x, int y, int width, int height, int start, int angle) {
        draw(new Arc2D.Double(x, y, width, height, start, angle, Arc2D.OPEN));
    }

    @Override
    public void fillArc(int x, int y, int width, int height, int start, int angle) {
        fill(new Arc2D.Double(x, y, width, height, start, angle, Arc2D.PIE));
    }

    @Override
    public void drawPolyline(int[] x, int[] y, int points) {
        draw(polygon(x, y, points, false));
    }

    @Override
    public void drawPolygon(int[] x, int[] y, int points) {
        draw(polygon(x, y, points, true));
    }

    @Override
    public void fillPolygon(int[] x, int[] y, int points) {
        fill(polygon(x, y, points, true));
    }

    private static Shape polygon(int[] x, int[] y, int points, boolean closed) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < points; i++) {
            if (i == 0) {
                path.moveTo(x[i], y[i]);
            } else {
                path.lineTo(x[i], y[i]);
            }
        }
        if (closed && points > 0) {
            path.closePath();
        }
        return path;
    }
}
