/* feed.c: a C extension whose mutex and Python's global lock are taken in both orders.
 *
 * What: a feed of numbers.  poll() is called with the GIL and takes the feed's mutex; the feed's
 *       own thread holds the mutex when it asks for the GIL to call the program back.  As long as
 *       the two do not meet, all is well.
 * Build: gcc -shared -fPIC $(python3-config --includes) feed.c -o feed.so
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t feed_mutex = PTHREAD_MUTEX_INITIALIZER;
static long latest;
static PyObject *listener;

/* The mistake: the GIL is still held while this waits for the mutex. */
static PyObject *poll_feed(PyObject *module, PyObject *arguments) {
    (void)module, (void)arguments;
    pthread_mutex_lock(&feed_mutex);
    long value = latest;
    pthread_mutex_unlock(&feed_mutex);
    return PyLong_FromLong(value);
}

/* The other half: the mutex is held while this waits for the GIL. */
static void *deliver(void *count) {
    for (long i = 1; i <= (long)count; i++) {
        pthread_mutex_lock(&feed_mutex);
        latest = i;
        PyGILState_STATE state = PyGILState_Ensure();
        PyObject *result = PyObject_CallFunction(listener, "l", i);
        if (!result)
            PyErr_WriteUnraisable(listener);
        Py_XDECREF(result);
        PyGILState_Release(state);
        pthread_mutex_unlock(&feed_mutex);
    }
    return NULL;
}

/* run(listener, count): delivers and waits for the end; here the GIL is given up, as it should be.
 */
static PyObject *run_feed(PyObject *module, PyObject *arguments) {
    (void)module;
    long count;
    pthread_t thread;
    if (!PyArg_ParseTuple(arguments, "Ol", &listener, &count))
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    if (pthread_create(&thread, NULL, deliver, (void *)count) == 0)
        pthread_join(thread, NULL);
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"poll", poll_feed, METH_NOARGS, "the newest number"},
    {"run", run_feed, METH_VARARGS, "delivers numbers to a function"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "feed", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_feed(void) {
    return PyModule_Create(&definition);
}
