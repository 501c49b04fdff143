package io.github.tandem4j.onnx.jinja;

import io.github.tandem4j.onnx.jinja.JinjaLexer.Kind;
import io.github.tandem4j.onnx.jinja.JinjaLexer.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Turns the tokens of expressions into what evaluates them, one method for each of Jinja's levels of precedence. */
class JinjaExpressions {
    private static final int DEEPEST = 200;
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> AFTER_TEST = Set.of("else", "or", "and", "is", "if", "in", "not", "recursive");

    private final List<Token> tokens;
    private int at;
    private int depth;

    JinjaExpressions(List<Token> tokens) {
        this.tokens = tokens;
    }

    /** What has a value. */
    interface Expression {
        Object value(JinjaScope scope);
    }

    /** The arguments of a call. */
    record Arguments(List<Expression> positional, Map<String, Expression> named) {
        List<Object> positional(JinjaScope scope) {
            List<Object> values = new ArrayList<>();
            positional.forEach(each -> values.add(each.value(scope)));
            return new JinjaArguments(values);
        }

        Map<String, Object> named(JinjaScope scope) {
            Map<String, Object> values = new LinkedHashMap<>();
            named.forEach((name, each) -> values.put(name, each.value(scope)));
            return values;
        }
    }

    final Token peek() {
        return tokens.get(at);
    }

    final Token next() {
        return tokens.get(peek().kind() == Kind.EOF ? at : at++);
    }

    final boolean isOperator(String text) {
        return peek().kind() == Kind.OPERATOR && peek().text().equals(text);
    }

    final boolean isName(String text) {
        return peek().kind() == Kind.NAME && peek().text().equals(text);
    }

    final boolean skipOperator(String text) {
        boolean found = isOperator(text);
        at += found ? 1 : 0;
        return found;
    }

    final boolean skipName(String text) {
        boolean found = isName(text);
        at += found ? 1 : 0;
        return found;
    }

    final void expectOperator(String text) {
        if (!skipOperator(text)) {
            throw unexpected("'" + text + "'");
        }
    }

    final String expectName() {
        if (peek().kind() != Kind.NAME) {
            throw unexpected("a name");
        }
        return next().text();
    }

    final void expectEnd() {
        if (peek().kind() != Kind.END) {
            throw unexpected("the end of the tag");
        }
        next();
    }

    final JinjaException unexpected(String valid) {
        return new JinjaException(
                "template has '" + peek().text() + "' where " + valid + " should be; line " + peek().line());
    }

    final Expression expression() {
        if (++depth > DEEPEST) {
            throw new JinjaException("template nests expressions deeper than " + DEEPEST + "; line " + peek().line());
        }
        Expression value = or();
        while (skipName("if")) {
            Expression then = value;
            Expression condition = or();
            Expression otherwise = skipName("else") ? expression() : scope -> JinjaValues.UNDEFINED;
            value = scope -> JinjaValues.truth(condition.value(scope)) ? then.value(scope) : otherwise.value(scope);
        }
        depth--;
        return value;
    }

    /** An expression that ends before an {@code if}, as in {@code for x in list if condition}. */
    final Expression or() {
        Expression value = and();
        while (skipName("or")) {
            Expression left = value;
            Expression right = and();
            value = scope -> {
                Object first = left.value(scope);
                return JinjaValues.truth(first) ? first : right.value(scope);
            };
        }
        return value;
    }

    private Expression and() {
        Expression value = not();
        while (skipName("and")) {
            Expression left = value;
            Expression right = not();
            value = scope -> {
                Object first = left.value(scope);
                return JinjaValues.truth(first) ? right.value(scope) : first;
            };
        }
        return value;
    }

    private Expression not() {
        if (skipName("not")) {
            Expression value = nested(this::not);
            return scope -> !JinjaValues.truth(value.value(scope));
        }
        return comparison();
    }

    private Expression comparison() {
        Expression first = sum();
        List<Comparison> chain = new ArrayList<>();
        while (true) {
            if (peek().kind() == Kind.OPERATOR && COMPARISONS.contains(peek().text())) {
                chain.add(new Comparison(next().text(), sum()));
            } else if (skipName("in")) {
                chain.add(new Comparison("in", sum()));
            } else if (isName("not") && tokens.get(at + 1).text().equals("in")) {
                at += 2;
                chain.add(new Comparison("not in", sum()));
            } else {
                return chain.isEmpty() ? first : scope -> holds(scope, first.value(scope), chain);
            }
        }
    }

    private record Comparison(String operator, Expression right) {}

    /** As in Python: {@code a < b < c} is {@code a < b and b < c}. */
    private static boolean holds(JinjaScope scope, Object first, List<Comparison> chain) {
        Object left = first;
        for (Comparison each : chain) {
            Object right = each.right.value(scope);
            if (!compare(scope, each.operator, left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private static boolean compare(JinjaScope scope, String operator, Object left, Object right) {
        return switch (operator) {
            case "in" -> JinjaValues.contains(scope, right, left);
            case "not in" -> !JinjaValues.contains(scope, right, left);
            case "==" -> JinjaValues.equal(scope, left, right);
            case "!=" -> !JinjaValues.equal(scope, left, right);
            case "<" -> JinjaValues.compare(left, right) < 0;
            case "<=" -> JinjaValues.compare(left, right) <= 0;
            case ">" -> JinjaValues.compare(left, right) > 0;
            default -> JinjaValues.compare(left, right) >= 0;
        };
    }

    private Expression sum() {
        Expression value = concatenation();
        while (isOperator("+") || isOperator("-")) {
            boolean plus = next().text().equals("+");
            Expression left = value;
            Expression right = concatenation();
            value = scope -> {
                Object a = left.value(scope);
                Object b = right.value(scope);
                return plus ? JinjaValues.add(scope, a, b) : JinjaArithmetic.of("-", a, b);
            };
        }
        return value;
    }

    private Expression concatenation() {
        Expression value = product();
        while (skipOperator("~")) {
            Expression left = value;
            Expression right = product();
            value = scope ->
                    JinjaValues.add(scope, JinjaValues.text(left.value(scope)), JinjaValues.text(right.value(scope)));
        }
        return value;
    }

    private Expression product() {
        Expression value = power();
        while (isOperator("*") || isOperator("/") || isOperator("//") || isOperator("%")) {
            String operator = next().text();
            Expression left = value;
            Expression right = power();
            value = scope -> {
                Object a = left.value(scope);
                Object b = right.value(scope);
                return operator.equals("*") ? JinjaArithmetic.times(scope, a, b) : JinjaArithmetic.of(operator, a, b);
            };
        }
        return value;
    }

    private Expression power() {
        Expression value = unary();
        while (skipOperator("**")) {
            Expression left = value;
            Expression right = unary();
            value = scope -> JinjaArithmetic.power(left.value(scope), right.value(scope));
        }
        return value;
    }

    private Expression unary() {
        if (skipOperator("-")) {
            Expression value = nested(this::unary);
            return scope -> JinjaArithmetic.of("-", 0L, value.value(scope));
        }
        if (skipOperator("+")) {
            return nested(this::unary);
        }
        return filtered(postfix(primary()));
    }

    private Expression nested(java.util.function.Supplier<Expression> level) {
        if (++depth > DEEPEST) {
            throw new JinjaException("template nests expressions deeper than " + DEEPEST + "; line " + peek().line());
        }
        Expression value = level.get();
        depth--;
        return value;
    }

    private Expression primary() {
        Token token = next();
        return switch (token.kind()) {
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (peek().kind() == Kind.STRING) {
                    text.append(next().text());
                }
                String value = text.toString();
                yield scope -> value;
            }
            case NUMBER -> {
                Object value = number(token);
                yield scope -> value;
            }
            case NAME -> name(token.text());
            case OPERATOR -> bracketed(token);
            default -> {
                at--;
                throw unexpected("an expression");
            }
        };
    }

    private static Object number(Token token) {
        try {
            return token.text().contains(".")
                            || token.text().toLowerCase(Locale.ROOT).contains("e")
                    ? (Object) Double.valueOf(token.text())
                    : (Object) Long.valueOf(token.text());
        } catch (NumberFormatException e) {
            throw new JinjaException("template has the number " + token.text() + ", too large; line " + token.line());
        }
    }

    private static Expression name(String name) {
        return switch (name) {
            case "true", "True" -> scope -> true;
            case "false", "False" -> scope -> false;
            case "none", "None" -> scope -> JinjaValues.NONE;
            default ->
                scope -> {
                    scope.charge(1);
                    return scope.get(name);
                };
        };
    }

    private Expression bracketed(Token open) {
        switch (open.text()) {
            case "(" -> {
                List<Expression> elements = new ArrayList<>();
                boolean tuple = isOperator(")");
                while (!skipOperator(")")) {
                    elements.add(expression());
                    if (!isOperator(")")) {
                        expectOperator(",");
                        tuple = true;
                    }
                }
                return tuple ? list(elements) : elements.get(0);
            }
            case "[" -> {
                List<Expression> elements = new ArrayList<>();
                while (!skipOperator("]")) {
                    elements.add(expression());
                    if (!isOperator("]")) {
                        expectOperator(",");
                    }
                }
                return list(elements);
            }
            case "{" -> {
                return map();
            }
            default -> {
                at--;
                throw unexpected("an expression");
            }
        }
    }

    private static Expression list(List<Expression> elements) {
        return scope -> {
            List<Object> values = new ArrayList<>();
            elements.forEach(each -> values.add(each.value(scope)));
            return values;
        };
    }

    private Expression map() {
        Map<Expression, Expression> entries = new LinkedHashMap<>();
        while (!skipOperator("}")) {
            Expression key = expression();
            expectOperator(":");
            entries.put(key, expression());
            if (!isOperator("}")) {
                expectOperator(",");
            }
        }
        return scope -> {
            Map<String, Object> values = new LinkedHashMap<>();
            entries.forEach((key, value) -> values.put(JinjaValues.text(key.value(scope)), value.value(scope)));
            return values;
        };
    }

    private Expression postfix(Expression primary) {
        Expression value = primary;
        while (true) {
            Expression owner = value;
            if (skipOperator(".")) {
                String name = peek().kind() == Kind.NUMBER ? next().text() : expectName();
                if (skipOperator("(")) {
                    Arguments arguments = arguments();
                    value = scope -> JinjaMethods.call(
                            scope, owner.value(scope), name, arguments.positional(scope), arguments.named(scope));
                } else {
                    value = scope -> JinjaValues.item(owner.value(scope), name);
                }
            } else if (skipOperator("[")) {
                value = subscript(owner);
            } else if (skipOperator("(")) {
                Arguments arguments = arguments();
                int line = peek().line();
                value = scope -> {
                    scope.charge(1);
                    if (owner.value(scope) instanceof JinjaValues.Function function) {
                        return function.call(scope, arguments.positional(scope), arguments.named(scope));
                    }
                    throw new JinjaException("template calls what is no function; line " + line);
                };
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression owner) {
        Optional<Expression> from = isOperator(":") ? Optional.empty() : Optional.of(expression());
        if (from.isPresent() && skipOperator("]")) {
            return scope -> JinjaValues.item(owner.value(scope), from.get().value(scope));
        }
        expectOperator(":");
        Optional<Expression> to = isOperator(":") || isOperator("]") ? Optional.empty() : Optional.of(expression());
        Optional<Expression> step =
                skipOperator(":") && !isOperator("]") ? Optional.of(expression()) : Optional.empty();
        expectOperator("]");
        return scope -> JinjaArithmetic.slice(
                scope,
                owner.value(scope),
                from.map(each -> JinjaValues.integer(each.value(scope))),
                to.map(each -> JinjaValues.integer(each.value(scope))),
                step.map(each -> JinjaValues.integer(each.value(scope))).orElse(1L));
    }

    /** After the opening parenthesis. */
    final Arguments arguments() {
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        while (!skipOperator(")")) {
            if (peek().kind() == Kind.NAME
                    && tokens.get(at + 1).text().equals("=")
                    && tokens.get(at + 1).kind() == Kind.OPERATOR) {
                String name = next().text();
                next();
                named.put(name, expression());
            } else {
                positional.add(expression());
            }
            if (!isOperator(")")) {
                expectOperator(",");
            }
        }
        return new Arguments(positional, named);
    }

    /** A filter with its arguments, applied to an input. */
    final Expression filter(Expression input) {
        int line = peek().line();
        String name = expectName();
        JinjaFilters.Filter filter = JinjaFilters.named(name, line);
        Arguments arguments = skipOperator("(") ? arguments() : new Arguments(List.of(), Map.of());
        return scope -> filter.apply(scope, input.value(scope), arguments.positional(scope), arguments.named(scope));
    }

    private Expression filtered(Expression start) {
        Expression value = start;
        while (true) {
            Expression input = value;
            if (skipOperator("|")) {
                value = filter(input);
            } else if (skipName("is")) {
                value = test(input);
            } else {
                return value;
            }
        }
    }

    private Expression test(Expression input) {
        boolean negated = skipName("not");
        int line = peek().line();
        String name = expectName();
        JinjaFilters.Test test = JinjaFilters.test(name, line);
        List<Expression> arguments = new ArrayList<>();
        if (skipOperator("(")) {
            arguments.addAll(arguments().positional());
        } else if (peek().kind() == Kind.STRING
                || peek().kind() == Kind.NUMBER
                || (peek().kind() == Kind.NAME && !AFTER_TEST.contains(peek().text()))
                || isOperator("[")) {
            arguments.add(postfix(primary()));
        }
        Arguments all = new Arguments(arguments, Map.of());
        return scope -> test.holds(scope, input.value(scope), all.positional(scope)) != negated;
    }
}
