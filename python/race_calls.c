/* race_calls.c: what rewritten code calls before it accesses something; see race_watch.h.
 *
 * Each gives back what it was given and never fails, except for `key in container`, which it
 * carries out.  A site comes as bytes, whose first eight are its address.
 */
#include <string.h>

#include "preload/sys.h"
#include "python/inject.h"
#include "python/race_values.h"
#include "python/race_watch.h"

#include "preload/poison.h"

#define BYTES_TEXT 32   /* where the text of a bytes object is */
#define OWN_MAX    1000 /* in sample mode */
#define STASH      32

static inline PyObject *give(PyObject *object) {
    if (tc_py.minor < 12) {
        object->references++;
    } else {
        int32_t *count = (int32_t *)&object->references;
        if (*count >= 0) /* else it lives for ever */
            ++*count;
    }
    return object;
}

static inline struct tc_pyrace_site *site_of(PyObject *bytes) {
    return *(struct tc_pyrace_site **)((char *)bytes + BYTES_TEXT);
}

struct tc_site tc_pyrace_at;

/* True: the access is to be announced; then the place of the call is kept for its stack. */
#define WATCHED(site) (tc_pyrace_watch.threads && !(site)->off && (tc_pyrace_at = TC_SITE(), true))

struct asked {
    struct tc_pyrace_site *site;
    PyObject *object, *key, *value;
};

/* Whether a read gets what its writer goes on to share by it; asked only when they are unordered.
 */
static bool handed(void *with) {
    const struct asked *asked = with;
    PyObject *value = asked->value, *got = NULL;
    if (!value) {
        PyObject *type, *old, *trace;
        tc_py.PyErr_Fetch(&type, &old, &trace);
        if (asked->site->kind == TC_PYRACE_ITEM)
            value = got = tc_py.PyObject_GetItem(asked->object, asked->key);
        else if (asked->site->kind == TC_PYRACE_ATTRIBUTE)
            value = got = tc_py.PyObject_GenericGetAttr(asked->object, asked->site->name);
        tc_py.PyErr_Restore(type, old, trace);
    }
    bool changeable = value && tc_pyrace_is_changeable(value);
    tc_py.Py_DecRef(got);
    return changeable;
}

/* A site that only ever met its own thread's data costs no more in sample mode. */
static TC_COLD void maybe_off(struct tc_pyrace_site *site, const struct tc_pyrace_hot *hot,
                              unsigned slot) {
    if (hot && hot->only != slot)
        site->own = 0;
    else if (++site->own >= OWN_MAX)
        site->off = true;
}

static TC_COLD void record(struct tc_pyrace_site *site, const struct tc_pyrace_access *access,
                           const struct asked *asked) {
    struct tc_pyrace_found found;
    bool raced = tc_pyraces_access(tc_pyrace_watch.races, access, &found);
    if (found.check)
        ((struct tc_pyrace_site *)(uintptr_t)found.check)->checks = true;
    if (raced)
        tc_pyrace_tell(&found, site, asked->object, asked->key);
}

static inline void touch(struct tc_pyrace_site *site, uintptr_t home, uint64_t number,
                         enum tc_pyrace_kind kind, uint8_t operation, const struct asked *asked) {
    struct tc_pyrace_hot *hot =
        tc_pyraces_find(tc_pyrace_watch.surface, home, number, (uint8_t)kind);
    if (!hot && operation == TC_PYRACE_BIRTH)
        return;
    unsigned slot = tc_pyrace_slot();
    void *innermost = tc_pyrace_frame();
    if (!slot || !innermost)
        return;
    if (TC_UNLIKELY(tc_pyrace_watch.sample))
        maybe_off(site, hot, slot);
    uint64_t frame = (uintptr_t)innermost ^ (uintptr_t)tc_py_at(innermost, tc_py_layout.code) << 16;
    if (hot && tc_pyraces_quick(hot, slot, *tc_pyrace_self.epoch, operation, frame, (uintptr_t)site,
                                site->polls))
        return;
    if (!hot && operation == TC_PYRACE_WRITE && kind == TC_PYRACE_ITEM &&
        tc_pyraces_quick_item(tc_pyrace_watch.surface, tc_pyrace_self.notes, home, number, slot,
                              frame))
        return;
    if (!hot && operation == TC_PYRACE_READ && kind != TC_PYRACE_ITEM) {
        *tc_pyraces_note_at(tc_pyrace_self.notes, home, number) = (struct tc_pyrace_note){
            home,          number,     frame, (uintptr_t)site, *tc_pyrace_self.epoch,
            (uint8_t)kind, site->polls};
        return;
    }
    struct tc_pyrace_access access = {
        .object = home,
        .key = number,
        .kind = (uint8_t)kind,
        .operation = operation,
        .slot = (uint16_t)slot,
        .place = (uintptr_t)site,
        .frame = frame,
        .polls = site->polls,
        .checks = site->checks,
        .context = tc_pyrace_context,
        .handed = handed,
        .with = (void *)asked,
    };
    record(site, &access, asked);
}

/* Attributes. */

static TC_COLD void find_home(struct tc_pyrace_site *site, PyObject *object,
                              struct tc_pyrace_shape shape) {
    bool read = site->operation == TC_PYRACE_READ;
    site->home = (uint8_t)tc_pyrace_attribute_home(object, site->name, read);
    shape = tc_pyrace_shape(object); /* the look-up may have given the type a version */
    site->type = shape.version ? shape.type : NULL;
    site->version = shape.version;
}

static void attribute(struct tc_pyrace_site *site, PyObject *object) {
    struct tc_pyrace_shape shape = tc_pyrace_shape(object);
    if (TC_UNLIKELY(site->type != shape.type || site->version != shape.version))
        find_home(site, object, shape);
    if (site->home == TC_PYRACE_NOWHERE)
        return;
    struct asked asked = {.site = site, .object = object};
    if (TC_LIKELY(site->home == TC_PYRACE_OBJECT)) {
        touch(site, (uintptr_t)object, (uintptr_t)site->name, TC_PYRACE_ATTRIBUTE, site->operation,
              &asked);
        return;
    }
    PyObject *names = tc_py.PyModule_GetDict(object); /* borrowed */
    PyObject *value =
        names && site->operation == TC_PYRACE_READ ? tc_py.PyDict_GetItem(names, site->name) : NULL;
    if (!names || (value && tc_pyrace_is_definition(value)))
        return;
    asked.value = value;
    touch(site, (uintptr_t)names, (uintptr_t)site->name, TC_PYRACE_GLOBAL, site->operation, &asked);
}

/* @tc_o(site, object) */
static PyObject *call_o(PyObject *self, PyObject *const *arguments, intptr_t count) {
    (void)self, (void)count;
    struct tc_pyrace_site *site = site_of(arguments[0]);
    if (WATCHED(site))
        attribute(site, arguments[1]);
    return give(arguments[1]);
}

/* @tc_g(site, value[, cell]) */
static PyObject *call_g(PyObject *self, PyObject *const *arguments, intptr_t count) {
    (void)self;
    struct tc_pyrace_site *site = site_of(arguments[0]);
    PyObject *value = arguments[1];
    bool read = site->operation == TC_PYRACE_READ;
    if (WATCHED(site) && !(read && tc_pyrace_is_definition(value))) {
        struct asked asked = {.site = site, .value = value};
        asked.object = count > 2 ? arguments[2] : tc_py.PyEval_GetGlobals();
        if (asked.object)
            touch(site, (uintptr_t)asked.object, (uintptr_t)site->name, site->kind, site->operation,
                  &asked);
    }
    return give(value);
}

/* Items. */

static void change(struct tc_pyrace_site *site, PyObject *container, uint8_t operation) {
    struct asked asked = {.site = site, .object = container};
    touch(site, (uintptr_t)container, 0, TC_PYRACE_CONTAINER, operation, &asked);
}

/* Whether a write of this item makes a dict longer, as far as that is not known from before. */
static bool adds(PyObject *container, PyObject *key, uint64_t number) {
    if (tc_pyraces_find(tc_pyrace_watch.surface, (uintptr_t)container, number, TC_PYRACE_ITEM))
        return false;
    PyObject *type, *value, *trace;
    tc_py.PyErr_Fetch(&type, &value, &trace);
    int has = tc_py.PyDict_Contains(container, key);
    tc_py.PyErr_Restore(type, value, trace);
    return has == 0;
}

static void item(struct tc_pyrace_site *site, PyObject *container, PyObject *key) {
    enum tc_pyrace_container kind = tc_pyrace_container(container);
    uint64_t number;
    if (!tc_pyrace_key(kind, container, key, &number))
        return;
    bool read = site->operation == TC_PYRACE_READ;
    if (read && kind == TC_PYRACE_LIST &&
        tc_pyraces_may_know(tc_pyrace_watch.surface, (uintptr_t)container))
        tc_pyrace_learn(container);
    if (kind == TC_PYRACE_DICT &&
        (site->operation == TC_PYRACE_DELETE ||
         (site->operation == TC_PYRACE_WRITE && adds(container, key, number))))
        change(site, container, TC_PYRACE_CHANGE);
    struct asked asked = {.site = site, .object = container, .key = key};
    touch(site, (uintptr_t)container, number, TC_PYRACE_ITEM, site->operation, &asked);
}

/* @tc_k(site, container, key) */
static PyObject *call_k(PyObject *self, PyObject *const *arguments, intptr_t count) {
    (void)self, (void)count;
    struct tc_pyrace_site *site = site_of(arguments[0]);
    if (WATCHED(site))
        item(site, arguments[1], arguments[2]);
    return give(arguments[2]);
}

/* The container waits, between @tc_c and @tc_p or @tc_t, on the value stack of its frame.  Where
 * an exception came between it stays in the stash until it is pushed out. */
static __thread struct stashed {
    struct tc_pyrace_site *site;
    void *frame;
    PyObject *container;
} stash[STASH] __attribute__((tls_model("initial-exec")));
static __thread unsigned stashed __attribute__((tls_model("initial-exec")));

/* @tc_c(site, container) */
static PyObject *call_c(PyObject *self, PyObject *const *arguments, intptr_t count) {
    (void)self, (void)count;
    struct tc_pyrace_site *site = site_of(arguments[0]);
    if (WATCHED(site)) {
        if (stashed == STASH)
            memmove(stash, stash + 1, sizeof stash[0] * --stashed);
        stash[stashed++] = (struct stashed){site, tc_pyrace_frame(), arguments[1]};
    }
    return give(arguments[1]);
}

static PyObject *unstash(const struct tc_pyrace_site *site) {
    void *frame = tc_pyrace_frame();
    for (unsigned at = stashed; at > 0; at--)
        if (stash[at - 1].site == site && stash[at - 1].frame == frame) {
            stashed = at - 1;
            return stash[at - 1].container;
        }
    return NULL;
}

/* @tc_p(site, key) */
static PyObject *call_p(PyObject *self, PyObject *const *arguments, intptr_t count) {
    (void)self, (void)count;
    struct tc_pyrace_site *site = site_of(arguments[0]);
    PyObject *container = WATCHED(site) ? unstash(site) : NULL;
    if (container)
        item(site, container, arguments[1]);
    return give(arguments[1]);
}

/* @tc_m(site, container): whole containers */
static PyObject *call_m(PyObject *self, PyObject *const *arguments, intptr_t count) {
    (void)self, (void)count;
    struct tc_pyrace_site *site = site_of(arguments[0]);
    PyObject *object = arguments[1];
    if (!WATCHED(site))
        return give(object);
    enum tc_pyrace_container kind = tc_pyrace_container(object);
    bool row = kind == TC_PYRACE_LIST || kind == TC_PYRACE_DEQUE;
    if (site->operation == TC_PYRACE_HAND && row)
        tc_pyrace_send(object);
    else if (kind != TC_PYRACE_OTHER && site->operation != TC_PYRACE_HAND)
        change(site, object, site->operation);
    if (site->operation == TC_PYRACE_ITERATE && row)
        tc_pyrace_learn(object);
    return give(object);
}

/* @tc_t(site, value): what came out of a container, or what an Event or a Thread says of itself */
static PyObject *call_t(PyObject *self, PyObject *const *arguments, intptr_t count) {
    (void)self, (void)count;
    struct tc_pyrace_site *site = site_of(arguments[0]);
    PyObject *object = WATCHED(site) ? unstash(site) : NULL;
    if (object) {
        enum tc_pyrace_container kind = tc_pyrace_container(object);
        if (kind == TC_PYRACE_DICT || kind == TC_PYRACE_SET)
            change(site, object, TC_PYRACE_CHANGE);
        else if (kind == TC_PYRACE_LIST || kind == TC_PYRACE_DEQUE)
            tc_pyrace_learn(object);
        else /* an Event that may be set, a Thread that may have ended */
            tc_pyrace_learn(object);
    }
    return give(arguments[1]);
}

/* @tc_h(site, key, container): whether the container has the key */
static PyObject *call_h(PyObject *self, PyObject *const *arguments, intptr_t count) {
    (void)self, (void)count;
    struct tc_pyrace_site *site = site_of(arguments[0]);
    if (WATCHED(site))
        item(site, arguments[2], arguments[1]);
    int has = tc_py.PySequence_Contains(arguments[2], arguments[1]);
    return has < 0 ? NULL : give(has ? tc_py._Py_TrueStruct : tc_py._Py_FalseStruct);
}

/* @tc_s(), @tc_r(): all that is handed over in the library goes by one channel */
static PyObject *call_s(PyObject *self, PyObject *const *arguments, intptr_t count) {
    (void)self, (void)arguments, (void)count;
    tc_pyrace_send(&tc_pyrace_watch);
    return give(tc_py._Py_NoneStruct);
}

static PyObject *call_r(PyObject *self, PyObject *const *arguments, intptr_t count) {
    (void)self, (void)arguments, (void)count;
    tc_pyrace_learn(&tc_pyrace_watch);
    return give(tc_py._Py_NoneStruct);
}

/* What inspect.signature says of them. */
#define CALL(name, parameters)                                                                     \
    {                                                                                              \
        "__@tc_" #name "__", (void *)call_##name, TC_PY_FASTCALL,                                  \
            "__@tc_" #name "__(" parameters ")\n--\n\nfor threadcheck"                             \
    }
static struct tc_py_method calls[] = {
    CALL(g, "$module, site, value, cell=None, /"),
    CALL(o, "$module, site, object, /"),
    CALL(k, "$module, site, container, key, /"),
    CALL(c, "$module, site, container, /"),
    CALL(p, "$module, site, key, /"),
    CALL(m, "$module, site, container, /"),
    CALL(t, "$module, site, value, /"),
    CALL(h, "$module, site, key, container, /"),
    CALL(s, "$module, /"),
    CALL(r, "$module, /"),
};

/* register(kind, operation, name, text) -> bytes */
static PyObject *register_site(PyObject *self, PyObject *const *arguments, intptr_t count) {
    static struct tc_arena arena;
    (void)self, (void)count;
    struct tc_pyrace_site *site = tc_arena_take(&arena, sizeof *site);
    if (!site)
        return NULL;
    site->kind = (uint8_t)tc_py.PyLong_AsLong(arguments[0]);
    site->operation = (uint8_t)tc_py.PyLong_AsLong(arguments[1]);
    site->polls = site->operation == TC_PYRACE_POLL;
    if (site->polls)
        site->operation = TC_PYRACE_READ;
    site->name = give(arguments[2]); /* interned: the rewriting sees to it */
    site->text = give(arguments[3]);
    return tc_py.PyBytes_FromStringAndSize((const char *)&site, sizeof site);
}

bool tc_pyrace_calls_begin(PyObject *space, PyObject *builtins) {
    static struct tc_py_method method = {"register", (void *)register_site, TC_PY_FASTCALL, NULL};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (!tc_py_define(builtins, &calls[i]))
            return false;
    return tc_py_define(space, &method);
}
