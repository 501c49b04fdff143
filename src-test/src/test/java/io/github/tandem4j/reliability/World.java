package io.github.tandem4j.reliability;

import static java.time.Duration.ofMillis;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.auxiliary.Assistant;
import io.github.tandem4j.auxiliary.Assistants;
import io.github.tandem4j.auxiliary.Assisted;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Confidences;
import io.github.tandem4j.cascade.DeferralRule;
import io.github.tandem4j.cascade.StageFailure;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.fusion.Fused;
import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.fusion.MissingAnswers;
import io.github.tandem4j.fusion.SelfConsistency;
import io.github.tandem4j.fusion.Vote;
import io.github.tandem4j.pipeline.Handoffs;
import io.github.tandem4j.pipeline.Next;
import io.github.tandem4j.pipeline.Pipeline;
import io.github.tandem4j.resilience.Failover;
import io.github.tandem4j.resilience.OfflineLadder;
import io.github.tandem4j.resilience.Resilient;
import io.github.tandem4j.resilience.ResilientBuilder;
import io.github.tandem4j.router.InMemorySessions;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Random nestings of all strategies over the {@link Leaves}. No plug-in in them fails, so that whatever is told as a
 * plug-in's failure is a mistake. What plug-ins decide depends on the question and their place alone.
 */
final class World {

    private final Leaves leaves;
    private final Chance chance;
    private final SplittableRandom random;
    private int names;

    World(Leaves leaves, Chance chance) {
        this.leaves = leaves;
        this.chance = chance;
        random = chance.of("world").random();
    }

    ModelEndpoint compose(int depth) {
        if (depth == 0 || random.nextInt(8) == 0) {
            return leaf();
        }
        int below = depth - 1;
        return switch (random.nextInt(9)) {
            case 0 -> routing(below);
            case 1 -> cascade(below);
            case 2 -> pipeline(below);
            case 3 -> assisted(below);
            case 4 -> fusion(below);
            case 5 -> selfConsistency(below);
            case 6 -> resilient(below);
            case 7 -> failover(below);
            default -> ladder(below);
        };
    }

    private String name(String kind) {
        return kind + "-" + ++names;
    }

    private ModelEndpoint leaf() {
        int kind = random.nextInt(4);
        return kind == 3 ? leaves.local(name("local")) : leaves.remote(name("remote"), kind);
    }

    private List<ModelEndpoint> members(int depth) {
        List<ModelEndpoint> members = new ArrayList<>();
        for (int i = random.nextInt(2, 4); i > 0; i--) {
            members.add(compose(depth));
        }
        return members;
    }

    private static <E extends Enum<E>> E any(Class<E> type, SplittableRandom random) {
        E[] all = type.getEnumConstants();
        return all[random.nextInt(all.length)];
    }

    /** The chance of this question at that place. */
    private Chance at(String place, Request request) {
        return chance.of(place, request.chat().messages().toString());
    }

    private ModelEndpoint routing(int depth) {
        String id = name("routing");
        List<ModelEndpoint> members = members(depth);
        Routing.Builder builder = Routing.among(members).named(id).by((request, candidates) -> {
            int choice = at(id, request).below(candidates.size() + 1);
            return choice == candidates.size()
                    ? Choice.abstain("no idea")
                    : Choice.of(candidates.get(choice), "by chance");
        });
        if (random.nextBoolean()) {
            builder = builder.whenAbstaining(members.get(0));
        }
        return (random.nextBoolean() ? builder.stickyWithin(InMemorySessions.ofDefaults()) : builder).build();
    }

    private ModelEndpoint cascade(int depth) {
        String id = name("cascade");
        Cascade.Builder builder =
                Cascade.startingWith(compose(depth)).keepWhen(rule(id)).deferTo(compose(depth));
        if (random.nextBoolean()) {
            builder = builder.keepWhen(rule(id)).deferTo(compose(depth));
        }
        if (random.nextBoolean()) {
            builder = builder.judgeEveryAnswer();
        }
        return builder.whenAStageFails(any(StageFailure.class, random))
                .named(id)
                .build();
    }

    private DeferralRule rule(String id) {
        return switch (random.nextInt(4)) {
            case 0 ->
                Confidences.meanTokenProbability()
                        .atLeast(0.75)
                        .keepEarly(0.85)
                        .deferEarly(0.65)
                        .after(2);
            case 1 -> Confidences.minimumTokenProbability().atLeast(0.6);
            case 2 -> Confidences.reported().atLeast(0.7);
            default ->
                (request, reply) -> at(id, request).below(2) == 0 ? Verdict.keep("heads") : Verdict.defer("tails");
        };
    }

    private ModelEndpoint pipeline(int depth) {
        String id = name("pipeline");
        return Pipeline.startingWith("draft", compose(depth))
                .then(
                        "refine",
                        compose(depth),
                        (request, before) -> at(id, request).below(4) == 0
                                ? Next.finish("good as it is")
                                : Handoffs.refine().next(request, before))
                .named(id)
                .build();
    }

    private ModelEndpoint assisted(int depth) {
        ModelEndpoint main = compose(depth);
        ModelEndpoint helper = compose(depth);
        Assistant assistant =
                switch (random.nextInt(5)) {
                    case 0 -> Assistants.hintFrom(helper);
                    case 1 -> Assistants.verifiedBy(helper);
                    case 2 -> Assistants.agreementWith(helper, reply -> Answers.vote(reply.text()));
                    case 3 -> Assistant.after((assistance, reply) -> saying(reply.text() + " Checked."));
                    default -> assistance -> assistance.answer(assistance.chat());
                };
        return Assisted.endpoint(main).by(assistant).named(name("assisted")).build();
    }

    private ModelEndpoint fusion(int depth) {
        List<ModelEndpoint> members = members(depth);
        Fusion.Builder builder = Fusion.of(members)
                .quorum(random.nextInt(1, members.size() + 1))
                .whenAnswersAreMissing(any(MissingAnswers.class, random))
                .named(name("fusion"));
        return (random.nextBoolean()
                        ? builder.by(Vote.by(reply -> Answers.vote(reply.text())))
                        : builder.by((request, answers) -> Fused.made(
                                saying(answers.replies().stream()
                                        .map(Reply::text)
                                        .collect(Collectors.joining(" "))),
                                "all of them",
                                Confidence.unknown())))
                .build();
    }

    private ModelEndpoint selfConsistency(int depth) {
        SelfConsistency.Builder builder = SelfConsistency.of(compose(depth))
                .samples(random.nextInt(2, 5))
                .comparing(reply -> Answers.vote(reply.text()))
                .whenSamplesFail(any(MissingAnswers.class, random))
                .named(name("samples"));
        if (random.nextBoolean()) {
            builder = builder.atOnce(1);
        }
        return (random.nextBoolean() ? builder.stopAtAgreement(random.nextDouble(0.3, 1)) : builder).build();
    }

    private ModelEndpoint resilient(int depth) {
        ResilientBuilder builder = Resilient.endpoint(compose(depth))
                .attempts(random.nextInt(1, 4))
                .backoff(ofMillis(1), ofMillis(20))
                .retryBudget(1)
                .breakAfter(0.9, 10)
                .breakFor(ofMillis(20), 1)
                .named(name("resilient"))
                .seed(random.nextLong());
        if (random.nextBoolean()) {
            builder = builder.attemptTimeout(ofMillis(random.nextInt(100, 300)));
        }
        return (random.nextBoolean() ? builder.concurrency(random.nextInt(1, 8), ofMillis(50)) : builder).build();
    }

    private ModelEndpoint failover(int depth) {
        Failover.Builder builder =
                Failover.from(compose(depth)).to(compose(depth)).named(name("failover"));
        return (random.nextBoolean() ? builder.upon(failure -> true) : builder).build();
    }

    private ModelEndpoint ladder(int depth) {
        return OfflineLadder.from(compose(depth))
                .downTo(compose(depth))
                .probingLive(ofMillis(5), ofMillis(50))
                .named(name("ladder"))
                .build();
    }

    private static ChatResponse saying(String text) {
        return ChatResponse.builder().aiMessage(AiMessage.from(text)).build();
    }
}
