/* confirm_plan.c: see confirm_plan.h. */
#include "analyzer/cmd/confirm_plan.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/cmd/command.h"
#include "analyzer/report/json_read.h"

static const char *string_of(const json_t *object, const char *key) {
    const char *string = json_string_value(json_object_get(object, key));
    return string ? string : "";
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* One frame of the machine: what was inlined into it has the same address. */
static bool add_frame(struct tc_steer_role *role, const json_t *frame) {
    const char *offset = string_of(frame, "module_offset"), *module = string_of(frame, "module");
    if (!*offset || !*module || role->depth == TC_STEER_FRAMES)
        return false;
    struct tc_steer_frame *to = &role->frames[role->depth++];
    to->offset = strtoull(offset, NULL, 16);
    strncpy(to->module, base_name(module), sizeof(to->module) - 1);
    return true;
}

/* The first frame that is the program's: what headers of the C++ library inlined says nothing. */
static const json_t *telling_frame(const json_t *frames) {
    const json_t *frame;
    size_t index;
    json_array_foreach((json_t *)frames, index, frame) {
        const char *file = string_of(frame, "file");
        if (*file && strncmp(file, "/usr/include/", strlen("/usr/include/")) != 0)
            return frame;
    }
    return json_array_get(frames, 0);
}

static char *describe(const json_t *frame) {
    const char *file = string_of(frame, "file");
    json_int_t line = json_integer_value(json_object_get(frame, "line"));
    return *file ? tc_format("%s at %s:%lld", string_of(frame, "function"), base_name(file),
                             (long long)line)
                 : tc_format("%s", string_of(frame, "function"));
}

static void add_frames(struct tc_steer_role *role, const json_t *frames) {
    const json_t *frame;
    size_t index;
    json_array_foreach((json_t *)frames, index, frame) {
        if (!json_is_true(json_object_get(frame, "inlined")) && !add_frame(role, frame))
            break;
    }
}

/* Adds the place of a stack as the next role; false when it has no frame that can be told again. */
static bool add_role(struct tc_candidate *candidate, const json_t *stack, bool passes) {
    struct tc_steer_plan *plan = &candidate->plan;
    const json_t *frames = json_object_get(stack, "frames");
    if (plan->role_count == TC_STEER_ROLES)
        return false;
    struct tc_steer_role *role = &plan->roles[plan->role_count];
    if (json_array_size(frames))
        candidate->places[plan->role_count] = describe(telling_frame(frames));
    add_frames(role, frames);
    role->passes = passes;
    if (role->depth)
        plan->role_count++;
    return role->depth > 0;
}

/* Each thread of a cycle is held where it asks for its second lock, holding its first: the last of
 * its stacks.  The waiter of a lost wake-up is held until the sender has sent: at its first stack,
 * which is its wait, or the lock before it when the sender needs that, too. */
static bool add_roles(struct tc_candidate *candidate, const json_t *finding) {
    const json_t *threads = json_object_get(finding, "threads"), *thread;
    bool is_wakeup = strcmp(candidate->kind, "lost-wakeup") == 0;
    size_t index;
    json_array_foreach((json_t *)threads, index, thread) {
        const json_t *stacks = json_object_get(thread, "stacks");
        size_t count = json_array_size(stacks);
        if (is_wakeup && index == 2)
            break;
        if (is_wakeup && index == 0 && count)
            add_frames(&candidate->wait,
                       json_object_get(json_array_get(stacks, count - 1), "frames"));
        if (!count || !add_role(candidate, json_array_get(stacks, is_wakeup ? 0 : count - 1),
                                is_wakeup && index == 1))
            return false;
    }
    return candidate->plan.role_count >= 2;
}

static void candidate_free(struct tc_candidate *candidate) {
    free(candidate->id);
    free(candidate->kind);
    free(candidate->title);
    for (size_t i = 0; i < TC_STEER_ROLES; i++)
        free(candidate->places[i]);
}

static void add_candidate(struct tc_candidates *candidates, const json_t *finding) {
    struct tc_candidate candidate = {.id = tc_strdup(string_of(finding, "id")),
                                     .kind = tc_strdup(string_of(finding, "kind")),
                                     .title = tc_strdup(string_of(finding, "title")),
                                     .plan = {.magic = TC_STEER_MAGIC}};
    bool known = strcmp(candidate.kind, "lock-order-inversion") == 0 ||
                 strcmp(candidate.kind, "lost-wakeup") == 0;
    if (!known || !add_roles(&candidate, finding)) {
        candidate_free(&candidate);
        return;
    }
    candidates->entries =
        tc_realloc(candidates->entries, (candidates->count + 1) * sizeof(*candidates->entries));
    candidates->entries[candidates->count++] = candidate;
}

bool tc_candidates_read(const char *path, const char *id, struct tc_candidates *candidates) {
    struct tc_text error = {0};
    json_t *root = tc_json_read(path, &error), *finding;
    const json_t *findings = json_object_get(root, "findings");
    *candidates = (struct tc_candidates){0};
    if (!root)
        tc_usage_error("confirm", "%s", tc_text_string(&error));
    tc_text_free(&error);
    if (!root)
        return false;
    size_t index;
    json_array_foreach((json_t *)findings, index, finding) {
        if (!id || strcmp(id, string_of(finding, "id")) == 0)
            add_candidate(candidates, finding);
    }
    json_decref(root);
    if (candidates->count == 0)
        tc_usage_error("confirm",
                       id ? "%s has no finding %s that can be confirmed"
                          : "%s has no finding that can be confirmed: no "
                            "lock-order-inversion or lost-wakeup%s",
                       path, id ? id : "");
    return candidates->count > 0;
}

void tc_candidates_free(struct tc_candidates *candidates) {
    for (size_t i = 0; i < candidates->count; i++)
        candidate_free(&candidates->entries[i]);
    free(candidates->entries);
}

/* Whether the innermost frame of the machine in one of the finding's stacks is the role's. */
static bool has_place(const struct tc_report_finding *finding, const struct tc_steer_role *role) {
    for (size_t t = 0; t < finding->thread_count; t++) {
        for (size_t s = 0; s < finding->threads[t].stack_count; s++) {
            const struct tc_report_frames *frames = &finding->threads[t].stacks[s].frames;
            if (frames->count && frames->entries[0].module &&
                frames->entries[0].module_offset == role->frames[0].offset &&
                strcmp(base_name(frames->entries[0].module), role->frames[0].module) == 0)
                return true;
        }
    }
    return false;
}

bool tc_candidate_matches(const struct tc_candidate *candidate,
                          const struct tc_report_finding *finding) {
    if ((finding->kind != TC_FINDING_DEADLOCK && finding->kind != TC_FINDING_LOST_WAKEUP) ||
        finding->confidence != TC_CONFIDENCE_OBSERVED)
        return false; /* what is predicted again is no proof */
    if (candidate->wait.depth)
        return has_place(finding, &candidate->wait);
    for (uint32_t i = 0; i < candidate->plan.role_count; i++)
        if (!has_place(finding, &candidate->plan.roles[i]))
            return false;
    return true;
}
