package io.github.tandem4j.router.learning;

import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.NodesIterator;
import io.github.jbellis.jvector.graph.RandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntPredicate;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Finds rows at unit length that are most similar to one, approximately, by walking a graph of near rows (Subramanya et al.
 * 2019, DiskANN). JVector makes the graph and walks it; the edges are kept in one flat array, so that a router file holds them
 * and loading makes nothing anew. Made on one thread, so that the same rows give the same graph.
 */
final class SimilarityGraph {

    static final int DEGREE = 16;

    private static final int BUILD_BEAM = 100;
    private static final float SLACK = 1.2f;
    private static final int LEAST_BEAM = 64;
    private static final int NONE = -1;

    private final VectorTypeSupport types;
    private final RandomAccessVectorValues rows;
    private final EdgeIndex index;

    private SimilarityGraph(VectorTypeSupport types, RandomAccessVectorValues rows, EdgeIndex index) {
        this.types = types;
        this.rows = rows;
        this.index = index;
    }

    @SuppressWarnings("deprecation") // its builder does not say whether there are levels, and there must be one
    static SimilarityGraph of(float[][] known, int dimension) {
        VectorTypeSupport types = types();
        RandomAccessVectorValues rows = values(types, known, dimension);
        ForkJoinPool alone = new ForkJoinPool(1);
        try (GraphIndexBuilder builder = new GraphIndexBuilder(
                BuildScoreProvider.randomAccessScoreProvider(rows, VectorSimilarityFunction.DOT_PRODUCT),
                dimension,
                DEGREE,
                BUILD_BEAM,
                SLACK,
                SLACK,
                false,
                true,
                alone,
                alone)) {
            for (int i = 0; i < known.length; i++) {
                builder.addGraphNode(i, rows.getVector(i));
            }
            builder.cleanup();
            return new SimilarityGraph(types, rows, edges(builder.getGraph(), known.length, dimension));
        } catch (IOException e) {
            throw new UncheckedIOException("a graph in memory needs no file", e);
        } finally {
            alone.shutdown();
        }
    }

    private static EdgeIndex edges(ImmutableGraphIndex graph, int size, int dimension) {
        int[] edges = new int[Math.multiplyExact(size, DEGREE)];
        Arrays.fill(edges, NONE);
        ImmutableGraphIndex.View view = graph.getView();
        for (int i = 0; i < size; i++) {
            NodesIterator near = view.getNeighborsIterator(0, i);
            for (int e = 0; e < DEGREE && near.hasNext(); e++) {
                edges[i * DEGREE + e] = near.nextInt();
            }
        }
        return new EdgeIndex(edges, view.entryNode().node, dimension);
    }

    /** Without its module of vector instructions, JVector is slower and says so at a warning's level, which helps nobody here. */
    private static synchronized VectorTypeSupport types() {
        Logger logger = Logger.getLogger(VectorizationProvider.class.getName());
        Level before = logger.getLevel();
        logger.setLevel(Level.SEVERE);
        try {
            return VectorizationProvider.getInstance().getVectorTypeSupport();
        } finally {
            logger.setLevel(before);
        }
    }

    private static RandomAccessVectorValues values(VectorTypeSupport types, float[][] known, int dimension) {
        List<VectorFloat<?>> vectors = new ArrayList<>(known.length);
        for (float[] row : known) {
            vectors.add(types.createFloatVector(row));
        }
        return new ListRandomAccessVectorValues(vectors, dimension);
    }

    /** {@return the most similar of those that are accepted, the most similar first} */
    int[] nearest(float[] row, int count, IntPredicate accepted) {
        VectorFloat<?> vector = types.createFloatVector(row.clone());
        try (GraphSearcher searcher = new GraphSearcher(index)) {
            SearchResult found = searcher.search(
                    DefaultSearchScoreProvider.exact(vector, VectorSimilarityFunction.DOT_PRODUCT, rows),
                    count,
                    Math.max(LEAST_BEAM, 2 * count),
                    0,
                    0,
                    accepted::test);
            return Arrays.stream(found.getNodes()).mapToInt(near -> near.node).toArray();
        } catch (IOException e) {
            throw new UncheckedIOException("a graph in memory needs no file", e);
        }
    }

    void write(Weights weights) {
        weights.put("graph.entry", index.entry()).put("graph.edges", index.edges());
    }

    static SimilarityGraph read(Weights weights, float[][] known, int dimension) {
        int entry = weights.integer("graph.entry");
        int[] edges = weights.integers("graph.edges", Math.multiplyExact(known.length, DEGREE));
        if (entry < 0 || entry >= known.length) {
            throw Weights.wrong("graph.entry", "is " + entry + "; valid is 0 to " + (known.length - 1));
        }
        for (int i = 0; i < edges.length; i++) {
            boolean ended = i % DEGREE > 0 && edges[i - 1] == NONE;
            if (edges[i] < NONE || edges[i] >= known.length || (ended && edges[i] != NONE)) {
                throw Weights.wrong(
                        "graph.edges", "lead from " + i / DEGREE + " to " + edges[i] + "; valid are rows, then -1");
            }
        }
        VectorTypeSupport types = types();
        return new SimilarityGraph(types, values(types, known, dimension), new EdgeIndex(edges, entry, dimension));
    }
}
