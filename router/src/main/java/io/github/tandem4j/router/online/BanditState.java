package io.github.tandem4j.router.online;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.router.VersionedFile;
import java.util.HashMap;
import java.util.Map;

/** What a bandit has learned: of each arm for all, and for each tenant. Used under its owner's lock. */
final class BanditState {

    static final String KIND = "bandit";
    static final int VERSION = 2;
    private static final int MOST_ARMS = 64;

    private final double forgetting;
    private final double strength;
    private final Map<String, LinearArm> shared = new HashMap<>();
    private final Cache<String, Map<String, LinearArm>> tenants;
    private int dimension;
    private long decisions;

    BanditState(BanditBuilder settings) {
        this(settings.forgetting, settings.strength, settings.mostTenants);
    }

    private BanditState(double forgetting, double strength, long mostTenants) {
        this.forgetting = forgetting;
        this.strength = strength;
        tenants = Caffeine.newBuilder()
                .maximumSize(mostTenants)
                .executor(Runnable::run)
                .build();
    }

    LinearArm arm(String tenant, String id, int features, long now) {
        LinearArm common = shared(id, features);
        common.forget(now);
        if (tenant.isEmpty()) {
            return common;
        }
        LinearArm own = tenants.get(tenant, any -> new HashMap<>())
                .computeIfAbsent(id, any -> LinearArm.startingFrom(common, strength));
        own.forget(now);
        return own;
    }

    void learn(String tenant, String id, double[] x, double reward, long decided) {
        LinearArm arm = arm(tenant, id, x.length, decided);
        arm.learn(x, reward, decided);
        if (!tenant.isEmpty()) {
            shared(id, x.length).learn(x, reward, decided);
        }
    }

    /** {@return how many decisions there were when it was written; zero if it is new} */
    long decisions() {
        return decisions;
    }

    /** {@return how long a vector is with its bias; zero if none was seen} */
    int dimension() {
        return dimension;
    }

    private LinearArm shared(String id, int features) {
        if (dimension == 0) {
            dimension = features;
        } else if (dimension != features) {
            throw new ConfigurationException("a request has " + (features - 1) + " features; valid is "
                    + (dimension - 1) + ", as those before it");
        }
        LinearArm arm = shared.get(id);
        if (arm == null) {
            if (shared.size() == MOST_ARMS) {
                throw new ConfigurationException("endpoint " + id + " is one more than the " + MOST_ARMS
                        + " that a bandit learns of; valid are " + shared.keySet());
            }
            arm = new LinearArm(dimension, forgetting);
            shared.put(id, arm);
        }
        return arm;
    }

    ObjectNode toFile(String featuresId, long made) {
        ObjectNode file = VersionedFile.begin(KIND, VERSION)
                .put("features", featuresId)
                .put("dimension", dimension)
                .put("forgetting", forgetting)
                .put("decisions", made);
        write(file.putArray("arms"), shared);
        ArrayNode all = file.putArray("tenants");
        tenants.asMap().forEach((tenant, arms) -> {
            if (arms.values().stream().anyMatch(LinearArm::hasLearned)) {
                write(all.addObject().put("tenant", tenant).putArray("arms"), arms);
            }
        });
        return file;
    }

    /** What has only been looked at starts again from what all have taught. */
    private static void write(ArrayNode to, Map<String, LinearArm> arms) {
        arms.forEach((id, arm) -> {
            if (arm.hasLearned()) {
                to.addObject()
                        .put("endpoint", id)
                        .put("count", arm.count())
                        .put("newest", arm.newest())
                        .put("gram", VersionedFile.encode(arm.gram()))
                        .put("moment", VersionedFile.encode(arm.moment()));
            }
        });
    }

    static BanditState read(VersionedFile file, BanditBuilder settings) {
        file.require("features", settings.featuresId);
        JsonNode content = file.content();
        double forgetting = file.number(content, "forgetting", 0, 1);
        if (forgetting != settings.forgetting) {
            throw file.refused("forgetting", "" + forgetting, settings.forgetting + ", the bandit's");
        }
        BanditState state = new BanditState(settings);
        state.dimension = (int) file.number(content, "dimension", 0, BanditBuilder.MOST_FEATURES + 1.0);
        state.decisions = (long) file.number(content, "decisions", 0, 1e15);
        state.read(file, content.path("arms"), state.shared);
        for (JsonNode node : content.path("tenants")) {
            String tenant = file.text(node, "tenant");
            Map<String, LinearArm> arms = new HashMap<>();
            state.read(file, node.path("arms"), arms);
            if (state.tenants.asMap().put(tenant, arms) != null) {
                throw file.refused("tenants", "tenant '" + tenant + "' twice", "each once");
            }
        }
        return state;
    }

    private void read(VersionedFile file, JsonNode from, Map<String, LinearArm> arms) {
        for (JsonNode node : from) {
            if (arms.size() == MOST_ARMS) {
                throw file.refused("arms", "more than " + MOST_ARMS, "up to " + MOST_ARMS);
            }
            String id = file.text(node, "endpoint");
            try {
                LinearArm arm = LinearArm.restored(
                        dimension,
                        forgetting,
                        file.numbers(node, "gram", LinearArm.halfSize(dimension)),
                        file.numbers(node, "moment", dimension),
                        file.number(node, "count", 0, 1e15),
                        (long) file.number(node, "newest", 0, (double) decisions));
                if (arms.put(id, arm) != null) {
                    throw file.refused("arms", "endpoint '" + id + "' twice", "each once");
                }
            } catch (ModelFileException e) {
                throw e;
            } catch (ConfigurationException e) {
                throw file.refused("gram of " + id, "damaged, " + e.getMessage(), "one that was written");
            }
        }
    }
}
