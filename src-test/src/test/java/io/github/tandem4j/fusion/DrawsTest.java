package io.github.tandem4j.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** What stopping early may change, against drawing all samples: nothing that it promises. */
class DrawsTest {

    private static final String SEED = "20261124";
    private static final String CUT = "cut";
    private static final String FAILED = "failed";

    /** The samples that an endpoint would give one by one; few different ones, so that they agree and tie often. */
    @Provide
    Arbitrary<List<String>> samples() {
        return Arbitraries.frequencyOf(
                        Tuple.of(8, Arbitraries.of("a", "b", "c")),
                        Tuple.of(1, Arbitraries.just(CUT)),
                        Tuple.of(1, Arbitraries.just(FAILED)))
                .list()
                .ofMinSize(2)
                .ofMaxSize(11);
    }

    @Property(seed = SEED, tries = 1000)
    void stoppingAtAMajorityNeverChangesTheAnswerNorWhatIsKept(
            @ForAll("samples") List<String> samples,
            @ForAll boolean dissent,
            @ForAll @DoubleRange(max = 1) double any) {
        Draws early = drawn(samples, OptionalDouble.empty(), dissent, 1);
        Draws all = all(samples, dissent);
        assertThat(early.hasAnswer()).isEqualTo(all.hasAnswer());
        if (!all.hasAnswer()) {
            return;
        }
        assertThat(early.leader().text()).isEqualTo(all.leader().text());
        double known = early.confidence().value();
        double share = all.confidence().value();
        assertThat(known).isLessThanOrEqualTo(share);
        // Stopped early or not: every rule up to the least majority decides as it would with all samples.
        int voices = dissent ? samples.size() : samples.size() - count(early, samples, FAILED);
        double majority = (double) (voices / 2 + 1) / voices;
        double threshold = Math.min(any, majority);
        assertThat(known >= threshold).isEqualTo(share >= threshold);
        if (early.drawn() < samples.size()) {
            assertThat(known).isGreaterThanOrEqualTo(majority);
        }
    }

    private static int count(Draws draws, List<String> samples, String what) {
        return (int)
                samples.subList(0, draws.drawn()).stream().filter(what::equals).count();
    }

    @Property(seed = SEED, tries = 1000)
    void stoppingAtANamedShareNeverChangesWhetherThatShareIsReachedNorAnAnswerThatIsKept(
            @ForAll("samples") List<String> samples,
            @ForAll boolean dissent,
            @ForAll @IntRange(min = 1, max = 11) int numerator) {
        double share = (double) Math.min(numerator, samples.size()) / samples.size(); // exactly at the edge
        Draws early = drawn(samples, OptionalDouble.of(share), dissent, 1);
        Draws all = all(samples, dissent);
        assertThat(early.hasAnswer()).isEqualTo(all.hasAnswer());
        if (!all.hasAnswer()) {
            return;
        }
        assertThat(early.confidence().isAtLeast(share))
                .isEqualTo(all.confidence().isAtLeast(share));
        assertThat(early.confidence().value())
                .isLessThanOrEqualTo(all.confidence().value());
        if (early.confidence().isAtLeast(share)) {
            assertThat(early.leader().text()).isEqualTo(all.leader().text());
        }
    }

    @Property(seed = SEED, tries = 1000)
    void askingAsManyAtOnceAsAreNeededDrawsNoMoreThanOneByOne(
            @ForAll("samples") List<String> mixed, @ForAll @IntRange(min = 1, max = 11) int numerator) {
        List<String> samples =
                mixed.stream().filter(sample -> !sample.equals(FAILED)).toList();
        if (samples.size() < 2) {
            return;
        }
        double share = (double) Math.min(numerator, samples.size()) / samples.size();
        for (OptionalDouble agreement : List.of(OptionalDouble.empty(), OptionalDouble.of(share))) {
            assertThat(drawn(samples, agreement, true, 64).drawn())
                    .isEqualTo(drawn(samples, agreement, true, 1).drawn());
        }
    }

    @Example
    void threeOfFiveAreAskedAtOnceAndOneMoreWhereOneDissents() {
        Draws draws = new Draws(5, OptionalDouble.empty(), true, new Tally(Reply::text));
        assertThat(draws.neededAtLeast()).isEqualTo(3);
        Stream.of("a", "b", "a").map(DrawsTest::reply).forEach(draws::answered);
        assertThat(draws.isOver()).isFalse();
        assertThat(draws.neededAtLeast()).isOne();
        draws.answered(reply("a"));
        assertThat(draws.isOver()).isTrue();
        assertThat(draws.confidence().value()).isEqualTo(0.6);
        assertThat(draws).hasToString("3 agree");
    }

    @Example
    void aShareThatIsOutOfReachEndsIt() {
        Draws draws = new Draws(5, OptionalDouble.of(0.8), true, new Tally(Reply::text));
        assertThat(draws.neededAtLeast()).as("two that dissent").isEqualTo(2);
        draws.answered(reply("a"));
        draws.answered(reply("b"));
        assertThat(draws.isOver()).isFalse();
        draws.answered(reply("c"));
        assertThat(draws.isOver()).isTrue();
        assertThat(draws.confidence().value()).isEqualTo(0.2);
    }

    @Example
    void whatFailedOrHadNoTimeDissentsOrIsNoVoice() {
        for (boolean dissent : new boolean[] {true, false}) {
            Draws draws = new Draws(5, OptionalDouble.empty(), dissent, new Tally(Reply::text));
            draws.answered(reply("a"));
            draws.failed(1);
            draws.answered(reply(CUT));
            draws.outOfTime();
            assertThat(draws.isOver()).isTrue();
            assertThat(draws.confidence().value()).isEqualTo(dissent ? 0.2 : 0.5);
            assertThat(draws).hasToString("1 agree, 1 cut, 1 failed, no time for 2");
        }
    }

    @Example
    void thereIsNoLeaderOfNothing() {
        assertThatThrownBy(() -> new Tally(Reply::text).leader()).isInstanceOf(NoSuchElementException.class);
    }

    private static Draws all(List<String> samples, boolean dissent) {
        Draws draws = new Draws(samples.size(), OptionalDouble.empty(), dissent, new Tally(Reply::text));
        samples.forEach(sample -> add(draws, sample));
        return draws;
    }

    private static Draws drawn(List<String> samples, OptionalDouble agreement, boolean dissent, int atOnce) {
        Draws draws = new Draws(samples.size(), agreement, dissent, new Tally(Reply::text));
        while (!draws.isOver()) {
            int from = draws.drawn();
            int now = Math.min(atOnce, draws.neededAtLeast());
            IntStream.range(from, from + now).forEach(i -> add(draws, samples.get(i)));
        }
        return draws;
    }

    private static void add(Draws draws, String sample) {
        if (sample.equals(FAILED)) {
            draws.failed(1);
        } else {
            draws.answered(reply(sample));
        }
    }

    private static Reply reply(String text) {
        ScriptedAnswer answer = ScriptedAnswer.of(text);
        return ScriptedEndpoint.named("m")
                .says(text.equals(CUT) ? answer.endingBy(FinishReason.LENGTH) : answer)
                .build()
                .answer(Request.of("?"));
    }
}
