package io.github.tandem4j.router.calibration;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The non-decreasing convex hull of points of cost and quality, whose corners may be mixed at random, and the mean quality
 * along it: AIQ, the average improvement in quality (RouterBench, arXiv 2403.12031).
 */
public final class Hull {

    /**
     * What a way to answer costs and is worth.
     *
     * @param cost the mean cost of a query, in any unit
     * @param quality the mean quality, 0..1
     */
    public record Point(double cost, double quality) {}

    private Hull() {}

    /** {@return the corners, cheapest first: each dearer and better than the one before, and with falling returns} */
    public static List<Point> of(List<Point> points) {
        List<Point> sorted = new ArrayList<>(points);
        sorted.sort(Comparator.comparingDouble(Point::cost)
                .thenComparing(Comparator.comparingDouble(Point::quality).reversed()));
        List<Point> hull = new ArrayList<>();
        for (Point point : sorted) {
            if (!hull.isEmpty() && point.quality() <= hull.get(hull.size() - 1).quality()) {
                continue; // as good for less is there already
            }
            while (hull.size() > 1 && isBelow(hull.get(hull.size() - 1), hull.get(hull.size() - 2), point)) {
                hull.remove(hull.size() - 1);
            }
            hull.add(point);
        }
        return hull;
    }

    private static boolean isBelow(Point middle, Point from, Point to) {
        return (middle.quality() - from.quality()) * (to.cost() - from.cost())
                <= (to.quality() - from.quality()) * (middle.cost() - from.cost());
    }

    /** {@return the mean quality along the hull from the least cost to the most; NaN if these are one} */
    public static double aiq(List<Point> points) {
        double least = points.stream().mapToDouble(Point::cost).min().orElse(Double.NaN);
        double most = points.stream().mapToDouble(Point::cost).max().orElse(Double.NaN);
        if (!(most > least)) {
            return Double.NaN;
        }
        double area = 0;
        Point before = null;
        for (Point point : of(points)) {
            if (before != null) {
                area += (point.cost() - before.cost()) * (point.quality() + before.quality()) / 2;
            }
            before = point;
        }
        area += before == null ? 0 : (most - before.cost()) * before.quality();
        return area / (most - least);
    }
}
