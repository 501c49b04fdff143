package io.github.tandem4j.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.accessField;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.GeneralCodingRules.USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/**
 * The walls between modules and packages. They hold for whatever is on the class path, so that a module is held to them
 * from the day it arrives.
 */
@AnalyzeClasses(packages = "io.github.tandem4j", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "io.github.tandem4j";

    /** The mechanisms: one package each, side by side. */
    private static final List<String> MECHANISMS =
            List.of("routing", "cascade", "pipeline", "auxiliary", "fusion", "distillation");

    private static final List<String> ADAPTERS = List.of("onnx", "smollm2", "remote", "resilience", "cli");

    /** The rooms of local models, and the rooms that each may use; the root may use them all. */
    private static final Map<String, Set<String>> ONNX_ROOMS = Map.of(
            "files", Set.of(),
            "graph", Set.of("files"),
            "grammar", Set.of(),
            "jinja", Set.of(),
            "tokenizer", Set.of("files", "grammar"),
            "gguf", Set.of("files", "graph", "tokenizer"),
            "exported", Set.of("files", "graph"),
            "encoder", Set.of("files", "graph", "tokenizer"));

    private static final String[] CORE = core();

    private static String[] core() {
        List<String> packages = new ArrayList<>(List.of(ROOT));
        MECHANISMS.forEach(name -> packages.add(ROOT + "." + name + ".."));
        return packages.toArray(String[]::new);
    }

    // --- modules

    @ArchTest
    static final ArchRule coreDependsOnLangChain4jsCoreAndALoggingFacadeAlone = classes()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(CORE)
                    .or(resideInAnyPackage(
                            "java..",
                            "dev.langchain4j.data..",
                            "dev.langchain4j.model..",
                            "dev.langchain4j.agent.tool..",
                            "dev.langchain4j.exception..",
                            "org.slf4j",
                            "org.jspecify.annotations"))
                    .or(resideInAPackage("com.fasterxml.jackson..")));

    @ArchTest
    static final ArchRule jacksonReadsWhatModelsWroteAlone = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .and()
            .resideOutsideOfPackage(ROOT + ".cascade..")
            .and()
            .doNotHaveFullyQualifiedName(ROOT + ".ToolCalls")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml.jackson..")
            .because("it reads the JSON of answers and of their tool calls, and nothing else in core reads JSON");

    @ArchTest
    static final ArchRule routerDependsOnCoreAlone = noClasses()
            .that()
            .resideInAPackage(ROOT + ".router..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(adapters())
            .allowEmptyShould(true);

    @ArchTest
    static void noAdapterKnowsAnother(JavaClasses all) {
        for (String adapter : ADAPTERS) {
            for (String other : ADAPTERS) {
                if (!adapter.equals(other) && !adapter.equals("cli") && !(adapter + other).equals("smollm2onnx")) {
                    noClasses()
                            .that()
                            .resideInAPackage(ROOT + "." + adapter + "..")
                            .should()
                            .dependOnClassesThat()
                            .resideInAPackage(ROOT + "." + other + "..")
                            .allowEmptyShould(true)
                            .check(all);
                }
            }
        }
    }

    @ArchTest
    static final ArchRule technologiesStayInTheirAdapters = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + ".onnx..", ROOT + ".smollm2..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "ai.onnxruntime..", "ai.djl..", "org.tribuo..", "com.google.protobuf..", "com.hubspot..");

    @ArchTest
    static final ArchRule picocliStaysInTheCommandLine = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + ".cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule resilience4jStaysInItsAdapter = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".resilience..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.github.resilience4j..");

    @ArchTest
    static final ArchRule caffeineStaysInTheRouter = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".router..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.github.benmanes..");

    @ArchTest
    static final ArchRule nothingPublishedNeedsTheTestKit = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".testkit..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ROOT + ".testkit..", "org.junit..", "org.assertj..");

    // --- packages

    @ArchTest
    static void noMechanismKnowsAnother(JavaClasses all) {
        for (String mechanism : MECHANISMS) {
            for (String other : MECHANISMS) {
                if (!mechanism.equals(other)) {
                    noClasses()
                            .that()
                            .resideInAPackage(ROOT + "." + mechanism + "..")
                            .should()
                            .dependOnClassesThat()
                            .resideInAPackage(ROOT + "." + other + "..")
                            .allowEmptyShould(true)
                            .check(all);
                }
            }
        }
    }

    @ArchTest
    static void roomsOfLocalModelsKnowNoneAboveThem(JavaClasses all) {
        ONNX_ROOMS.forEach((room, uses) -> {
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + ".onnx." + room + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(ROOT + ".onnx")
                    .check(all);
            for (String other : ONNX_ROOMS.keySet()) {
                if (!other.equals(room) && !uses.contains(other)) {
                    noClasses()
                            .that()
                            .resideInAPackage(ROOT + ".onnx." + room + "..")
                            .should()
                            .dependOnClassesThat()
                            .resideInAPackage(ROOT + ".onnx." + other + "..")
                            .check(all);
                }
            }
        });
    }

    @ArchTest
    static final ArchRule everyRoomOfLocalModelsIsNamed = classes()
            .that()
            .resideInAPackage(ROOT + ".onnx.*..")
            .should()
            .resideInAnyPackage(ONNX_ROOMS.keySet().stream()
                    .map(room -> ROOT + ".onnx." + room + "..")
                    .toArray(String[]::new))
            .because("what is not named is held to no direction");

    @ArchTest
    static final ArchRule roomsOfLocalModelsHaveNoCycles =
            slices().matching(ROOT + ".onnx.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theVocabularyKnowsNoMechanism = noClasses()
            .that()
            .resideInAPackage(ROOT)
            .should()
            .dependOnClassesThat(resideInAPackage(ROOT + "..").and(not(resideInAPackage(ROOT))));

    @ArchTest
    static final ArchRule noCycles = slices().matching(ROOT + ".(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noPackageOfOddsAndEnds = noClasses()
            .should()
            .resideInAnyPackage(
                    "..util..", "..utils..", "..common..", "..impl..", "..internal..", "..helper..", "..misc..");

    @ArchTest
    static void everyPackageIsNullMarked(JavaClasses all) {
        List<String> unmarked = new ArrayList<>();
        collectUnmarked(all.getPackage(ROOT), unmarked);
        assertThat(unmarked).as("packages without @NullMarked").isEmpty();
    }

    private static void collectUnmarked(JavaPackage parent, List<String> unmarked) {
        if (!parent.getClasses().isEmpty() && !parent.isAnnotatedWith(NullMarked.class)) {
            unmarked.add(parent.getName());
        }
        parent.getSubpackages().forEach(child -> collectUnmarked(child, unmarked));
    }

    // --- classes

    @ArchTest
    static final ArchRule nobodyManages = noClasses()
            .should()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Impl")
            .orShould()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Helper");

    @ArchTest
    static final ArchRule publicClassesAreFinalOrMeantToBeExtended = classes()
            .that()
            .resideInAnyPackage(CORE)
            .and()
            .arePublic()
            .and()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .and()
            .areNotAssignableTo(TandemException.class)
            .should()
            .haveModifier(JavaModifier.FINAL)
            .orShould()
            .haveModifier(JavaModifier.ABSTRACT);

    @ArchTest
    static final ArchRule exceptionsAreTandems = classes()
            .that()
            .areAssignableTo(Throwable.class)
            .and()
            .arePublic()
            .should()
            .beAssignableTo(TandemException.class)
            .because("a caller catches one root");

    @ArchTest
    static final ArchRule nothingPrints = classes()
            .that()
            .resideOutsideOfPackages(ROOT + ".cli..", ROOT + ".examples..")
            .should(neverPrint());

    private static ArchCondition<JavaClass> neverPrint() {
        return com.tngtech.archunit.lang.conditions.ArchConditions.never(
                accessField(System.class, "out").or(accessField(System.class, "err")));
    }

    @ArchTest
    static final ArchRule onlyTheFacadeLogs = noClasses().should(USE_JAVA_UTIL_LOGGING);

    @ArchTest
    static final ArchRule noMethodIsSynchronized = noMethods()
            .that()
            .areDeclaredInClassesThat(resideInAnyPackage(CORE))
            .should()
            .haveModifier(JavaModifier.SYNCHRONIZED)
            .because("a virtual thread that waits in a monitor pins its carrier");

    @ArchTest
    static final ArchRule nobodyHalts = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".cli..")
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class);

    @ArchTest
    static final ArchRule coreTouchesNoFileNetworkOrProcess = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.net..", "java.nio.file..")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.ProcessBuilder");

    @ArchTest
    static final ArchRule embeddingModelsAreAskedInOnePlace = noClasses()
            .that()
            .resideInAPackage(ROOT + ".router..")
            .and()
            .doNotHaveSimpleName("PromptEmbeddings")
            .and()
            .doNotHaveSimpleName("CachingEmbeddingModel")
            .should()
            .callMethodWhere(DescribedPredicate.describe(
                    "an embedding model embeds",
                    call -> call.getTarget().getName().startsWith("embed")
                            && call.getTargetOwner().isAssignableTo(EmbeddingModel.class)))
            .because("what may not travel is held back there, and no other way leads to a model");

    @ArchTest
    static final ArchRule nobodySleeps = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .because("what waits, waits for something");

    @ArchTest
    static final ArchRule stateIsPrivate = fields().that()
            .areDeclaredInClassesThat(resideInAnyPackage(CORE))
            .and()
            .areNotStatic()
            .and()
            .doNotHaveModifier(JavaModifier.SYNTHETIC)
            .should()
            .bePrivate();

    @ArchTest
    static final ArchRule sharedStateIsFinal = fields().that()
            .areStatic()
            .and()
            .doNotHaveName("$jacocoData")
            .should()
            .beFinal();

    @ArchTest
    static final ArchRule moneyIsNoDouble = methods()
            .that()
            .areDeclaredInClassesThat(resideInAnyPackage(CORE))
            .and()
            .haveNameMatching("(?i).*(usd|price|cost|money|budget).*")
            .should(new ArchCondition<>("neither take nor give a double") {
                @Override
                public void check(com.tngtech.archunit.core.domain.JavaMethod method, ConditionEvents events) {
                    boolean floats = method.getRawReturnType().isEquivalentTo(double.class)
                            || method.getRawParameterTypes().stream()
                                    .anyMatch(type -> type.isEquivalentTo(double.class));
                    if (floats) {
                        events.add(SimpleConditionEvent.violated(
                                method, method.getFullName() + " counts money in doubles"));
                    }
                }
            });

    @ArchTest
    static final ArchRule recordsHoldNoArrays = fields().that(
                    new DescribedPredicate<JavaField>("are declared in records") {
                        @Override
                        public boolean test(JavaField field) {
                            return field.getOwner().isRecord();
                        }
                    })
            .should()
            .notHaveRawType(DescribedPredicate.describe("an array", JavaClass::isArray))
            .because("data is immutable")
            .allowEmptyShould(true);

    private static String[] adapters() {
        return ADAPTERS.stream().map(name -> ROOT + "." + name + "..").toArray(String[]::new);
    }
}
