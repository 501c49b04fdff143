package io.github.tandem4j.router.learning;

import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.NodesIterator;
import io.github.jbellis.jvector.graph.similarity.ScoreFunction;
import io.github.jbellis.jvector.util.Bits;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A graph of one level as JVector walks it, over edges in one array: for each node its neighbours, then −1. */
final class EdgeIndex implements ImmutableGraphIndex, ImmutableGraphIndex.View {

    private static final int DEGREE = SimilarityGraph.DEGREE;

    private final int[] edges;
    private final int entry;
    private final int dimension;

    EdgeIndex(int[] edges, int entry, int dimension) {
        this.edges = edges;
        this.entry = entry;
        this.dimension = dimension;
    }

    int[] edges() {
        return edges;
    }

    int entry() {
        return entry;
    }

    @Override
    public View getView() {
        return this;
    }

    @Override
    @SuppressWarnings("deprecation") // JVector's own defaults still ask for it
    public int size() {
        return edges.length / DEGREE;
    }

    @Override
    public int size(int level) {
        return size();
    }

    @Override
    public int getIdUpperBound() {
        return size();
    }

    @Override
    public NodesIterator getNodes(int level) {
        return NodesIterator.fromPrimitiveIterator(IntStream.range(0, size()).iterator(), size());
    }

    @Override
    public NodesIterator getNeighborsIterator(int level, int node) {
        int start = node * DEGREE;
        return new NodesIterator.ArrayNodesIterator(Arrays.copyOfRange(edges, start, start + degree(node)));
    }

    private int degree(int node) {
        int degree = 0;
        while (degree < DEGREE && edges[node * DEGREE + degree] >= 0) {
            degree++;
        }
        return degree;
    }

    @Override
    public void processNeighbors(
            int level, int node, ScoreFunction scores, IntMarker visited, NeighborProcessor processor) {
        for (int at = node * DEGREE; at < (node + 1) * DEGREE && edges[at] >= 0; at++) {
            if (visited.mark(edges[at])) {
                processor.process(edges[at], scores.similarityTo(edges[at]));
            }
        }
    }

    @Override
    public NodeAtLevel entryNode() {
        return new NodeAtLevel(0, entry);
    }

    @Override
    public Bits liveNodes() {
        return Bits.ALL;
    }

    @Override
    public boolean contains(int level, int node) {
        return level == 0 && node >= 0 && node < size();
    }

    @Override
    public int maxDegree() {
        return DEGREE;
    }

    @Override
    public List<Integer> maxDegrees() {
        return List.of(DEGREE);
    }

    @Override
    public int getDegree(int level) {
        return DEGREE;
    }

    @Override
    public double getAverageDegree(int level) {
        return (double) Arrays.stream(edges).filter(edge -> edge >= 0).count() / Math.max(1, size());
    }

    @Override
    public int getDimension() {
        return dimension;
    }

    @Override
    public boolean isHierarchical() {
        return false;
    }

    @Override
    public int getMaxLevel() {
        return 0;
    }

    @Override
    public long ramBytesUsed() {
        return (long) Integer.BYTES * edges.length;
    }

    /** Nothing is held but memory. */
    @Override
    public void close() {}
}
