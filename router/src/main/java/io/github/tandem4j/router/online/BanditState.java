package io.github.tandem4j.router.online;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.router.VersionedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What a bandit has learned: of each arm for all, and for each tenant. Used under its owner's lock. */
final class BanditState {

    private static final String KIND = "bandit";
    private static final int VERSION = 1;
    private static final int MOST_ARMS = 64;

    private final double forgetting;
    private final double strength;
    private final Map<String, LinearArm> shared = new HashMap<>();
    private final Cache<String, Map<String, LinearArm>> tenants;
    private int dimension;
    private long newest;

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

    LinearArm arm(String tenant, String id, int features) {
        LinearArm common = shared(id, features);
        return tenant.isEmpty()
                ? common
                : tenants.get(tenant, any -> new HashMap<>())
                        .computeIfAbsent(id, any -> LinearArm.startingFrom(common, strength));
    }

    void learn(String tenant, String id, double[] x, double reward, long decided) {
        LinearArm arm = arm(tenant, id, x.length);
        arm.learn(x, reward, decided);
        if (!tenant.isEmpty()) {
            shared(id, x.length).learn(x, reward, decided);
        }
        newest = Math.max(newest, decided);
    }

    long newest() {
        return newest;
    }

    BanditState copyOfShared() {
        BanditState copy = new BanditState(forgetting, strength, 0);
        shared.forEach((id, arm) -> copy.shared.put(id, LinearArm.startingFrom(arm, Double.POSITIVE_INFINITY)));
        copy.dimension = dimension;
        copy.newest = newest;
        return copy;
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

    void write(Path path, String featuresId) throws IOException {
        ObjectNode file = VersionedFile.begin(KIND, VERSION)
                .put("features", featuresId)
                .put("dimension", dimension)
                .put("forgetting", forgetting)
                .put("decisions", newest);
        ArrayNode arms = file.putArray("arms");
        shared.forEach((id, arm) -> arms.addObject()
                .put("endpoint", id)
                .put("count", arm.count())
                .put("newest", arm.newest())
                .put("gram", VersionedFile.encode(arm.gram()))
                .put("moment", VersionedFile.encode(arm.moment())));
        VersionedFile.write(path, file);
    }

    static BanditState read(Path path, BanditBuilder settings) throws IOException {
        VersionedFile file = VersionedFile.read(path, KIND, VERSION);
        file.require("features", settings.featuresId);
        JsonNode content = file.content();
        double forgetting = file.number(content, "forgetting", 0, 1);
        if (forgetting != settings.forgetting) {
            throw file.refused("forgetting", "" + forgetting, settings.forgetting + ", the bandit's");
        }
        BanditState state = new BanditState(settings);
        state.dimension = (int) file.number(content, "dimension", 0, BanditBuilder.MOST_FEATURES + 1.0);
        state.newest = (long) file.number(content, "decisions", 0, 1e15);
        int d = state.dimension;
        for (JsonNode node : content.path("arms")) {
            if (state.shared.size() == MOST_ARMS) {
                throw file.refused("arms", "more than " + MOST_ARMS, "up to " + MOST_ARMS);
            }
            String id = file.text(node, "endpoint");
            try {
                state.shared.put(
                        id,
                        LinearArm.restored(
                                d,
                                forgetting,
                                file.numbers(node, "gram", d * d),
                                file.numbers(node, "moment", d),
                                file.number(node, "count", 0, 1e15),
                                (long) file.number(node, "newest", 0, (double) state.newest)));
            } catch (ModelFileException e) {
                throw e;
            } catch (ConfigurationException e) {
                throw new ModelFileException(path + ": gram of " + id + " is damaged: " + e.getMessage(), e);
            }
        }
        return state;
    }
}
