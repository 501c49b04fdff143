package io.github.tandem4j.examples;

import static io.github.tandem4j.router.Conditions.containsCode;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.Rules;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
import io.github.tandem4j.routing.Routing;
import java.time.Clock;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;

/** Three ways to say who answers: a lambda, rules, and a class of one's own. */
public final class CustomRouter {

    private CustomRouter() {}

    /** A router is a function of the request and of the candidates that can take it. */
    public static Routing byLambda(ModelEndpoint small, ModelEndpoint large) {
        return Routing.among(small, large)
                .by((request, candidates) -> request.chat().messages().size() > 6
                        ? Choice.of(large, "long conversation")
                        : Choice.of(small, "short conversation"))
                .build();
    }

    /** Rules read like sentences, and fall through to any other router. */
    public static Routing byRules(ModelEndpoint small, ModelEndpoint large) {
        Router rules = Rules.when(containsCode(), large)
                .otherwise(new OfficeHours(Clock.system(ZoneId.systemDefault()), large));
        return Routing.among(small, large).by(rules).whenAbstaining(small).build();
    }

    /** Sends work to one endpoint in office hours, and abstains outside them. */
    public record OfficeHours(Clock clock, ModelEndpoint atWork) implements Router {

        @Override
        public Choice choose(Request request, List<ModelEndpoint> candidates) {
            int hour = LocalTime.now(clock).getHour();
            if (hour < 9 || hour >= 17) {
                return Choice.abstain("it is " + hour + " o'clock");
            }
            return candidates.contains(atWork)
                    ? Choice.of(atWork, "office hours")
                    : Choice.abstain(atWork.id() + " cannot take the request");
        }
    }

    /** Shows what each router decides; {@code main} of the other examples shows real models. */
    public static void main(String[] args) {
        ModelEndpoint small = Endpoints.answering("small", "I am the small one.");
        ModelEndpoint large = Endpoints.answering("large", "I am the large one.");
        for (Routing routing : List.of(byLambda(small, large), byRules(small, large))) {
            System.out.println(routing.answer("What does `for (;;) { run(); }` do;\nwhile (true) { } too?")
                    .trace());
        }
    }
}
