package io.github.tandem4j.router.cascades;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Sets of stages that have answered, as bits: stage 0 is the lowest. The highest is the latest that was asked. */
final class Visited {

    private Visited() {}

    static int latest(int visited) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(visited);
    }

    static int and(int visited, int stage) {
        return visited | (1 << stage);
    }

    /** {@return the places of the stages, in rising order} */
    static int[] places(int visited) {
        int[] places = new int[Integer.bitCount(visited)];
        int next = 0;
        for (int k = 0; k <= latest(visited); k++) {
            if ((visited & (1 << k)) != 0) {
                places[next++] = k;
            }
        }
        return places;
    }

    /** {@return all sets without the last stage, those whose latest stage is later first} */
    static List<Integer> all(int stages) {
        List<Integer> all = new ArrayList<>();
        for (int visited = 1; visited < 1 << (stages - 1); visited++) {
            all.add(visited);
        }
        all.sort(
                Comparator.<Integer>comparingInt(visited -> -latest(visited)).thenComparing(Comparator.naturalOrder()));
        return all;
    }
}
