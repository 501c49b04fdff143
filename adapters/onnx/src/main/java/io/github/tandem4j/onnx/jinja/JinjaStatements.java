package io.github.tandem4j.onnx.jinja;

import io.github.tandem4j.onnx.jinja.JinjaLexer.Kind;
import io.github.tandem4j.onnx.jinja.JinjaLexer.Token;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Turns the tokens of a template into what renders it. */
final class JinjaStatements extends JinjaExpressions {
    private static final int DEEPEST = 100;

    /** A name that no template can write. */
    private static final String BLOCK_TEXT = "the block's text";

    private int depth;

    /** What renders itself; says how a loop around it goes on. */
    interface Statement {
        Flow render(JinjaScope scope);
    }

    enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    JinjaStatements(List<Token> tokens) {
        super(tokens);
    }

    Statement template() {
        Statement body = body(Set.of());
        if (peek().kind() != Kind.EOF) {
            throw unexpected("the end of the template");
        }
        return body;
    }

    /** Statements up to a block that begins with one of these names, of which the start and the name are consumed. */
    private Statement body(Set<String> ends) {
        if (++depth > DEEPEST) {
            throw new JinjaException("template nests blocks deeper than " + DEEPEST + "; line " + peek().line());
        }
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = peek();
            if (token.kind() == Kind.TEXT) {
                String text = next().text();
                statements.add(scope -> {
                    scope.write(text);
                    return Flow.ON;
                });
            } else if (token.kind() == Kind.EXPRESSION_START) {
                next();
                Expression value = tuple();
                expectEnd();
                statements.add(scope -> {
                    scope.write(JinjaValues.text(value.value(scope)));
                    return Flow.ON;
                });
            } else if (token.kind() == Kind.BLOCK_START) {
                next();
                if (peek().kind() == Kind.NAME && ends.contains(peek().text())) {
                    depth--;
                    return sequence(statements);
                }
                statements.add(block());
            } else if (ends.isEmpty()) {
                depth--;
                return sequence(statements);
            } else {
                throw unexpected(ends.toString());
            }
        }
    }

    private static Statement sequence(List<Statement> statements) {
        return scope -> {
            for (Statement each : statements) {
                scope.charge(1);
                Flow flow = each.render(scope);
                if (flow != Flow.ON) {
                    return flow;
                }
            }
            return Flow.ON;
        };
    }

    private Statement block() {
        int line = peek().line();
        String name = expectName();
        return switch (name) {
            case "if" -> condition();
            case "for" -> loop();
            case "set" -> assignment();
            case "macro" -> macro();
            case "filter" -> filtered();
            case "with" -> with();
            case "break" -> flow(Flow.BREAK);
            case "continue" -> flow(Flow.CONTINUE);
            case "generation" -> {
                // Marks what was generated, for training; it renders its body.
                expectEnd();
                Statement body = body(Set.of("endgeneration"));
                end("endgeneration");
                yield body;
            }
            default ->
                throw new JinjaException("template has the block " + name + ", which is not supported; line " + line);
        };
    }

    private Statement flow(Flow flow) {
        expectEnd();
        return scope -> flow;
    }

    private void end(String name) {
        if (!skipName(name)) {
            throw unexpected(name);
        }
        expectEnd();
    }

    private Statement condition() {
        Expression condition = expression();
        expectEnd();
        Statement then = body(Set.of("elif", "else", "endif"));
        Statement otherwise;
        if (skipName("elif")) {
            otherwise = condition();
        } else if (skipName("else")) {
            expectEnd();
            otherwise = body(Set.of("endif"));
            end("endif");
        } else {
            otherwise = scope -> Flow.ON;
            end("endif");
        }
        return scope -> JinjaValues.truth(condition.value(scope)) ? then.render(scope) : otherwise.render(scope);
    }

    private Statement loop() {
        List<String> targets = new ArrayList<>();
        do {
            targets.add(expectName());
        } while (skipOperator(","));
        if (!skipName("in")) {
            throw unexpected("in");
        }
        Expression list = or();
        Optional<Expression> filter = skipName("if") ? Optional.of(expression()) : Optional.empty();
        expectEnd();
        Statement body = body(Set.of("else", "endfor"));
        Statement otherwise = scope -> Flow.ON;
        if (skipName("else")) {
            expectEnd();
            otherwise = body(Set.of("endfor"));
        }
        end("endfor");
        return new Loop(targets, list, filter, body, otherwise);
    }

    private record Loop(
            List<String> targets, Expression list, Optional<Expression> filter, Statement body, Statement otherwise)
            implements Statement {
        @Override
        public Flow render(JinjaScope scope) {
            List<Object> elements = new ArrayList<>();
            scope.enter();
            for (Object element : JinjaValues.elements(list.value(scope))) {
                scope.charge(1);
                bind(scope, targets, element);
                if (filter.isEmpty() || JinjaValues.truth(filter.get().value(scope))) {
                    elements.add(element);
                }
            }
            scope.leave();
            if (elements.isEmpty()) {
                return otherwise.render(scope);
            }
            for (int i = 0; i < elements.size(); i++) {
                scope.charge(1);
                scope.enter();
                bind(scope, targets, elements.get(i));
                scope.set("loop", position(elements, i));
                Flow flow = body.render(scope);
                scope.leave();
                if (flow == Flow.BREAK) {
                    break;
                }
            }
            return Flow.ON;
        }

        private static Map<String, Object> position(List<Object> elements, int i) {
            Map<String, Object> loop = new HashMap<>();
            int size = elements.size();
            loop.put("index", i + 1L);
            loop.put("index0", (long) i);
            loop.put("revindex", (long) size - i);
            loop.put("revindex0", (long) size - i - 1);
            loop.put("first", i == 0);
            loop.put("last", i == size - 1);
            loop.put("length", (long) size);
            loop.put("previtem", i > 0 ? elements.get(i - 1) : JinjaValues.UNDEFINED);
            loop.put("nextitem", i < size - 1 ? elements.get(i + 1) : JinjaValues.UNDEFINED);
            loop.put("cycle", (JinjaValues.Function) (scope, arguments, named) -> {
                if (arguments.isEmpty()) {
                    throw new JinjaException("template cycles through nothing");
                }
                return arguments.get(i % arguments.size());
            });
            return loop;
        }
    }

    private static void bind(JinjaScope scope, List<String> targets, Object value) {
        if (targets.size() == 1) {
            scope.set(targets.get(0), value);
            return;
        }
        List<Object> values = JinjaValues.elements(value);
        if (values.size() != targets.size()) {
            throw new JinjaException("template unpacks " + values.size() + " values into " + targets);
        }
        for (int i = 0; i < values.size(); i++) {
            scope.set(targets.get(i), values.get(i));
        }
    }

    private Statement assignment() {
        String name = expectName();
        if (skipOperator(".")) {
            String attribute = expectName();
            expectOperator("=");
            Expression value = tuple();
            expectEnd();
            return scope -> {
                if (!(scope.get(name) instanceof JinjaValues.Namespace namespace)) {
                    throw new JinjaException(
                            "template sets " + name + "." + attribute + ", and " + name + " is no namespace");
                }
                namespace.values().put(attribute, value.value(scope));
                return Flow.ON;
            };
        }
        if (peek().kind() == Kind.END || isOperator("|")) {
            Expression value = captured("endset", JinjaStatements::blockText);
            return scope -> {
                scope.set(name, value.value(scope));
                return Flow.ON;
            };
        }
        List<String> targets = new ArrayList<>(List.of(name));
        while (skipOperator(",")) {
            targets.add(expectName());
        }
        expectOperator("=");
        Expression value = tuple();
        expectEnd();
        return scope -> {
            bind(scope, targets, value.value(scope));
            return Flow.ON;
        };
    }

    private static Object blockText(JinjaScope scope) {
        return scope.get(BLOCK_TEXT);
    }

    /** The text of a block up to its end, with the filters that its tag names. */
    private Expression captured(String end, Expression first) {
        Expression value = first;
        while (skipOperator("|")) {
            value = filter(value);
        }
        expectEnd();
        Statement body = body(Set.of(end));
        end(end);
        Expression filters = value;
        return scope -> {
            String rendered = scope.capture(() -> body.render(scope));
            scope.enter();
            scope.set(BLOCK_TEXT, rendered);
            Object filtered = filters.value(scope);
            scope.leave();
            return filtered;
        };
    }

    private Statement filtered() {
        Expression value = captured("endfilter", filter(JinjaStatements::blockText));
        return scope -> {
            scope.write(JinjaValues.text(value.value(scope)));
            return Flow.ON;
        };
    }

    private Statement with() {
        Map<String, Expression> values = new LinkedHashMap<>();
        while (peek().kind() == Kind.NAME) {
            String name = expectName();
            expectOperator("=");
            values.put(name, expression());
            if (!skipOperator(",")) {
                break;
            }
        }
        expectEnd();
        Statement body = body(Set.of("endwith"));
        end("endwith");
        return scope -> {
            Map<String, Object> given = new LinkedHashMap<>();
            values.forEach((name, value) -> given.put(name, value.value(scope)));
            scope.enter();
            given.forEach(scope::set);
            Flow flow = body.render(scope);
            scope.leave();
            return flow;
        };
    }

    private Statement macro() {
        String name = expectName();
        expectOperator("(");
        Map<String, Expression> parameters = new LinkedHashMap<>();
        while (!skipOperator(")")) {
            String parameter = expectName();
            parameters.put(parameter, skipOperator("=") ? expression() : scope -> JinjaValues.UNDEFINED);
            if (!isOperator(")")) {
                expectOperator(",");
            }
        }
        expectEnd();
        Statement body = body(Set.of("endmacro"));
        end("endmacro");
        JinjaValues.Function function = (scope, arguments, named) -> {
            Map<String, Object> values = new HashMap<>();
            int position = 0;
            for (Map.Entry<String, Expression> each : parameters.entrySet()) {
                String parameter = each.getKey();
                Object value = position < arguments.size() ? arguments.get(position) : named.get(parameter);
                values.put(parameter, value == null ? each.getValue().value(scope) : value);
                position++;
            }
            return scope.call(values, () -> body.render(scope));
        };
        return scope -> {
            scope.set(name, function);
            return Flow.ON;
        };
    }

    /** An expression, or several with commas between them. */
    private Expression tuple() {
        Expression first = expression();
        if (!isOperator(",")) {
            return first;
        }
        List<Expression> all = new ArrayList<>(List.of(first));
        while (skipOperator(",")) {
            all.add(expression());
        }
        return scope -> all.stream().map(each -> each.value(scope)).toList();
    }
}
