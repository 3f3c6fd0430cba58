/* Two loops of redaction over characters, for where there was a C compiler: `compiled.py` says what
 * they are for, and Python's own way gives the same answers. Only the stable ABI of Python 3.10 is
 * used, so that one build serves all later versions. What a text or a table holds can make an
 * answer wrong at most, never reach beyond a buffer: tables are checked when they are taken in. */
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030A0000
#endif
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define BYTES 256
#define BITMAP (BYTES / 8)
#define MOST_STATES 0x8000 /* they are numbered in 15 bits */
#define FOUND 0x8000       /* beside a state's number: rows are found there */
#define MOST_GROUPS 256
#define MOST_BACK 0x10000
#define MOST_BYTES 4        /* of a character */
#define MEASURED 32         /* characters of a token that are looked at, its last ones */

static int
holds(const uint8_t *bitmap, uint8_t byte)
{
    return bitmap[byte >> 3] >> (byte & 7) & 1;
}

/* A run of bytes of one set. */
typedef struct {
    uint8_t set[BITMAP];
    Py_ssize_t least, most;
} Step;

/* What must follow a piece, or stand before it, or must not. */
typedef struct {
    uint32_t first, count; /* its steps */
    int8_t behind, negated;
} Check;

/* A piece of text, what is asked around it, and the group that it speaks for. */
typedef struct {
    PyObject *piece; /* bytes */
    uint32_t first, count; /* its checks */
    Py_ssize_t group, back;
} Row;

typedef struct {
    PyObject_HEAD
    Row *rows;
    Check *checks;
    Step *steps;
    Py_ssize_t row_count, check_count, step_count, groups;
    uint8_t class_of[BYTES]; /* bytes that no piece has are one class: 0 */
    Py_ssize_t classes, states;
    uint16_t *go;       /* states x classes: where a byte leads */
    uint32_t *found_at; /* states + 1: where a state's rows begin in `found` */
    uint32_t *found;    /* rows whose piece ends here */
} Finder;

static void *
room(Py_ssize_t count, size_t size)
{
    if (count < 0 || (size_t)count > PY_SSIZE_T_MAX / (size ? size : 1)) {
        PyErr_NoMemory();
        return NULL;
    }
    void *made = PyMem_Calloc(count ? (size_t)count : 1, size);
    if (!made)
        PyErr_NoMemory();
    return made;
}

/* ---- Taking the table in: ((piece, group, back, ((behind, negated, ((set, least, most), ...)),
 * ...)), ...). */

static int
take_step(Finder *self, PyObject *from)
{
    Step *step = &self->steps[self->step_count];
    PyObject *set;
    /* No format has a "#": with the headers of Python 3.13 it would fail on all older ones. */
    if (!PyTuple_Check(from)
        || !PyArg_ParseTuple(from, "Snn", &set, &step->least, &step->most))
        return -1;
    if (PyBytes_Size(set) != BITMAP || step->least < 0 || step->most < step->least) {
        PyErr_SetString(PyExc_ValueError, "a step is a set of 32 bytes, a least and a most");
        return -1;
    }
    memcpy(step->set, PyBytes_AsString(set), BITMAP);
    self->step_count++;
    return 0;
}

static int
take_check(Finder *self, PyObject *from)
{
    Check *check = &self->checks[self->check_count];
    int behind, negated;
    PyObject *steps;
    if (!PyTuple_Check(from)
        || !PyArg_ParseTuple(from, "ppO!", &behind, &negated, &PyTuple_Type, &steps))
        return -1;
    check->behind = (int8_t)behind;
    check->negated = (int8_t)negated;
    check->first = (uint32_t)self->step_count;
    check->count = (uint32_t)PyTuple_Size(steps);
    for (Py_ssize_t at = 0; at < PyTuple_Size(steps); at++)
        if (take_step(self, PyTuple_GetItem(steps, at)) < 0)
            return -1;
    self->check_count++;
    return 0;
}

static int
take_row(Finder *self, PyObject *from)
{
    Row *row = &self->rows[self->row_count];
    PyObject *piece, *checks;
    Py_ssize_t group, back;
    if (!PyTuple_Check(from)
        || !PyArg_ParseTuple(from, "SnnO!", &piece, &group, &back, &PyTuple_Type, &checks))
        return -1;
    if (!PyBytes_Size(piece) || group < 0 || group >= self->groups || back < 0 || back > MOST_BACK) {
        PyErr_SetString(PyExc_ValueError, "a row has a piece, one of the groups and no less back");
        return -1;
    }
    row->piece = Py_NewRef(piece);
    row->group = group;
    row->back = back;
    row->first = (uint32_t)self->check_count;
    row->count = (uint32_t)PyTuple_Size(checks);
    self->row_count++; /* from here on it is freed with the others */
    for (Py_ssize_t at = 0; at < PyTuple_Size(checks); at++)
        if (take_check(self, PyTuple_GetItem(checks, at)) < 0)
            return -1;
    return 0;
}

/* Count the checks and steps of a table, so that there is room for them. */
static int
count_parts(PyObject *rows, Py_ssize_t *checks, Py_ssize_t *steps)
{
    for (Py_ssize_t at = 0; at < PyTuple_Size(rows); at++) {
        PyObject *row = PyTuple_GetItem(rows, at), *of_row;
        if (!PyTuple_Check(row) || !(of_row = PyTuple_GetItem(row, 3)) || !PyTuple_Check(of_row))
            goto refused;
        *checks += PyTuple_Size(of_row);
        for (Py_ssize_t one = 0; one < PyTuple_Size(of_row); one++) {
            PyObject *check = PyTuple_GetItem(of_row, one), *of_check;
            if (!PyTuple_Check(check) || !(of_check = PyTuple_GetItem(check, 2))
                || !PyTuple_Check(of_check))
                goto refused;
            *steps += PyTuple_Size(of_check);
        }
    }
    return 0;
refused:
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "rows, checks and steps are tuples");
    return -1;
}

static int
take_rows(Finder *self, PyObject *rows)
{
    Py_ssize_t checks = 0, steps = 0;
    if (count_parts(rows, &checks, &steps) < 0)
        return -1;
    self->rows = room(PyTuple_Size(rows), sizeof(Row));
    self->checks = room(checks, sizeof(Check));
    self->steps = room(steps, sizeof(Step));
    if (!self->rows || !self->checks || !self->steps)
        return -1;
    for (Py_ssize_t at = 0; at < PyTuple_Size(rows); at++)
        if (take_row(self, PyTuple_GetItem(rows, at)) < 0)
            return -1;
    return 0;
}

/* ---- The automaton (Aho and Corasick, 1975): all pieces in one pass. */

static const uint8_t *
piece_of(const Row *row, Py_ssize_t *length)
{
    *length = PyBytes_Size(row->piece);
    return (const uint8_t *)PyBytes_AsString(row->piece);
}

/* Give each byte that pieces have a class of its own; return how many states there are at most. */
static Py_ssize_t
classify(Finder *self)
{
    Py_ssize_t most = 1, length;
    self->classes = 1;
    for (Py_ssize_t at = 0; at < self->row_count; at++) {
        const uint8_t *piece = piece_of(&self->rows[at], &length);
        for (Py_ssize_t i = 0; i < length; i++)
            if (!self->class_of[piece[i]] && self->classes < BYTES)
                self->class_of[piece[i]] = (uint8_t)self->classes++;
        most += length;
    }
    return most;
}

/* Build the tree of all pieces; `ends` has for each row the state that its piece ends with. */
static void
grow(Finder *self, uint32_t *ends)
{
    self->states = 1;
    for (Py_ssize_t at = 0; at < self->row_count; at++) {
        Py_ssize_t length, state = 0;
        const uint8_t *piece = piece_of(&self->rows[at], &length);
        for (Py_ssize_t i = 0; i < length; i++) {
            uint16_t *next = &self->go[state * self->classes + self->class_of[piece[i]]];
            if (!*next)
                *next = (uint16_t)self->states++;
            state = *next;
        }
        ends[at] = (uint32_t)state;
    }
}

/* Let each state go on where its longest other ending does, and note that as what it falls back
 * to; `order` gets the states from the shortest to the longest. */
static void
connect(Finder *self, uint16_t *falls_to, uint16_t *order)
{
    Py_ssize_t known = 1;
    order[0] = 0;
    for (Py_ssize_t at = 0; at < known; at++) {
        Py_ssize_t state = order[at];
        for (Py_ssize_t class = 0; class < self->classes; class++) {
            uint16_t *next = &self->go[state * self->classes + class];
            uint16_t other = state ? self->go[falls_to[state] * self->classes + class] : 0;
            if (*next) { /* nothing leads back to the root but what falls to it */
                falls_to[*next] = other;
                order[known++] = *next;
            } else
                *next = other;
        }
    }
}

/* List for each state the rows whose pieces end there, also as the end of a longer one. */
static int
list_found(Finder *self, const uint32_t *ends, const uint16_t *falls_to, const uint16_t *order)
{
    uint32_t *count = room(self->states, sizeof(uint32_t));
    self->found_at = room(self->states + 1, sizeof(uint32_t));
    if (!count || !self->found_at)
        goto failed;
    for (Py_ssize_t row = 0; row < self->row_count; row++)
        count[ends[row]]++;
    for (Py_ssize_t at = 1; at < self->states; at++)
        count[order[at]] += count[falls_to[order[at]]];
    for (Py_ssize_t state = 0; state < self->states; state++)
        self->found_at[state + 1] = self->found_at[state] + count[state];
    self->found = room(self->found_at[self->states], sizeof(uint32_t));
    if (!self->found)
        goto failed;
    memset(count, 0, (size_t)self->states * sizeof(uint32_t));
    for (Py_ssize_t row = 0; row < self->row_count; row++)
        self->found[self->found_at[ends[row]] + count[ends[row]]++] = (uint32_t)row;
    for (Py_ssize_t at = 1; at < self->states; at++) {
        uint16_t state = order[at], other = falls_to[state];
        memcpy(&self->found[self->found_at[state] + count[state]],
               &self->found[self->found_at[other]],
               (self->found_at[other + 1] - self->found_at[other]) * sizeof(uint32_t));
    }
    PyMem_Free(count);
    return 0;
failed:
    PyMem_Free(count);
    return -1;
}

/* Let what leads to a state say that rows are found there: most characters lead to none. */
static void
mark(Finder *self)
{
    for (Py_ssize_t at = 0; at < self->states * self->classes; at++) {
        uint16_t state = self->go[at];
        if (self->found_at[state] != self->found_at[state + 1])
            self->go[at] = state | FOUND;
    }
}

static int
build(Finder *self)
{
    Py_ssize_t most = classify(self);
    if (most > MOST_STATES) {
        PyErr_SetString(PyExc_ValueError, "the pieces are too many");
        return -1;
    }
    int done = -1;
    uint32_t *ends = room(self->row_count, sizeof(uint32_t));
    uint16_t *falls_to = room(most, sizeof(uint16_t));
    uint16_t *order = room(most, sizeof(uint16_t));
    self->go = room(most * self->classes, sizeof(uint16_t));
    if (ends && falls_to && order && self->go) {
        grow(self, ends);
        connect(self, falls_to, order);
        done = list_found(self, ends, falls_to, order);
        if (!done)
            mark(self);
    }
    PyMem_Free(ends);
    PyMem_Free(falls_to);
    PyMem_Free(order);
    return done;
}

/* ---- Looking. */

/* Return whether a text has these runs from a place on, or, the last first, up to it. */
static int
passes(const Finder *self, const Check *check, const uint8_t *text, Py_ssize_t size, Py_ssize_t at)
{
    const Step *step = &self->steps[check->first], *last = step + check->count;
    for (; step < last; step++) {
        Py_ssize_t run = 0, left = check->behind ? at : size - at;
        Py_ssize_t most = left < step->most ? left : step->most;
        while (run < most && holds(step->set, text[check->behind ? at - 1 - run : at + run]))
            run++;
        if (run < step->least)
            return 0;
        at += check->behind ? -run : run;
    }
    return 1;
}

static int
stands(const Finder *self, const Row *row, const uint8_t *text, Py_ssize_t size, Py_ssize_t end)
{
    Py_ssize_t start = end - PyBytes_Size(row->piece);
    for (uint32_t at = 0; at < row->count; at++) {
        const Check *check = &self->checks[row->first + at];
        if (passes(self, check, text, size, check->behind ? start : end) == check->negated)
            return 0;
    }
    return 1;
}

static int
goes_on(uint8_t byte) /* a character of UTF-8 */
{
    return (byte & 0xC0) == 0x80;
}

/* Return where the character begins that is so many before a place. */
static Py_ssize_t
earlier(const uint8_t *text, Py_ssize_t at, Py_ssize_t characters)
{
    for (; characters && at; characters--)
        for (at--; at && goes_on(text[at]); at--)
            ;
    return at;
}

/* Note the rows that are found where a piece ends; `first` gets for each group one more than where a
 * match may begin. A longer piece is found later than a short one within it, though it begins
 * before that. */
static void
note(const Finder *self, size_t state, const uint8_t *text, Py_ssize_t size, Py_ssize_t end,
     Py_ssize_t *first)
{
    for (uint32_t one = self->found_at[state]; one < self->found_at[state + 1]; one++) {
        const Row *row = &self->rows[self->found[one]];
        Py_ssize_t *known = &first[row->group];
        Py_ssize_t start = end - PyBytes_Size(row->piece);
        if ((*known && *known <= start + 1 - MOST_BYTES * row->back)
            || !stands(self, row, text, size, end))
            continue;
        start = earlier(text, start, row->back);
        if (!*known || start < *known - 1)
            *known = start + 1;
    }
}

static void
look(const Finder *self, const uint8_t *text, Py_ssize_t size, Py_ssize_t *first)
{
    const uint16_t *go = self->go;
    const uint8_t *class_of = self->class_of;
    size_t state = 0, classes = (size_t)self->classes;
    for (Py_ssize_t at = 0; at < size; at++) {
        state = go[state * classes + class_of[text[at]]];
        if (state & FOUND) {
            state ^= FOUND;
            note(self, state, text, size, at + 1, first);
        }
    }
}

/* Return the groups that were found with the characters from which on each may be, or None. */
static PyObject *
places(const uint8_t *text, const Py_ssize_t *first, Py_ssize_t groups)
{
    PyObject *noted = NULL;
    for (Py_ssize_t group = 0; group < groups; group++) {
        if (!first[group])
            continue;
        Py_ssize_t characters = 0;
        for (Py_ssize_t at = 0; at < first[group] - 1; at++)
            characters += !goes_on(text[at]);
        PyObject *pair = Py_BuildValue("(nn)", group, characters);
        if (!pair || (!noted && !(noted = PyList_New(0))) || PyList_Append(noted, pair) < 0) {
            Py_XDECREF(pair);
            Py_XDECREF(noted);
            return NULL;
        }
        Py_DECREF(pair);
    }
    return noted ? noted : Py_NewRef(Py_None);
}

static PyObject *
finder_first(Finder *self, PyObject *text)
{
    const char *content;
    Py_ssize_t size = 0, first[MOST_GROUPS] = {0};
    if (PyUnicode_Check(text))
        content = PyUnicode_AsUTF8AndSize(text, &size);
    else if ((content = PyBytes_AsString(text)))
        size = PyBytes_Size(text);
    if (!content)
        return NULL;
    look(self, (const uint8_t *)content, size, first);
    return places((const uint8_t *)content, first, self->groups);
}

/* ---- The type. */

static PyObject *
finder_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *rows;
    Py_ssize_t groups;
    if (keywords && PyDict_Size(keywords)) {
        PyErr_SetString(PyExc_TypeError, "a Finder takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "O!n", &PyTuple_Type, &rows, &groups))
        return NULL;
    allocfunc make = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    if (groups < 0 || groups > MOST_GROUPS)
        return PyErr_Format(PyExc_ValueError, "there are at most %d groups", MOST_GROUPS);
    Finder *self = (Finder *)make(type, 0); /* all of it is zero */
    if (!self)
        return NULL;
    self->groups = groups;
    if (take_rows(self, rows) < 0 || build(self) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static void
finder_free(Finder *self)
{
    PyTypeObject *type = Py_TYPE(self);
    for (Py_ssize_t at = 0; at < self->row_count; at++)
        Py_XDECREF(self->rows[at].piece);
    PyMem_Free(self->rows);
    PyMem_Free(self->checks);
    PyMem_Free(self->steps);
    PyMem_Free(self->go);
    PyMem_Free(self->found_at);
    PyMem_Free(self->found);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type); /* each object of a type made at run time holds one reference to it */
}

static PyMethodDef finder_methods[] = {
    {"first", (PyCFunction)finder_first, METH_O, "Return the groups that a text may have, and where."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot finder_slots[] = {
    {Py_tp_new, (void *)finder_new},
    {Py_tp_dealloc, (void *)finder_free},
    {Py_tp_methods, finder_methods},
    {0, NULL},
};

static PyType_Spec finder_spec = {
    .name = "otelhook.redaction.rules._compiled.Finder",
    .basicsize = sizeof(Finder),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = finder_slots,
};

/* ---- A token's last characters. */

/* Return 256 times how many of a text's last characters were looked at, and how many different ones
 * they are; 0 if they do not have a token's form. */
static PyObject *
token_signs(PyObject *Py_UNUSED(module), PyObject *text)
{
    Py_ssize_t size;
    const char *content = PyUnicode_AsUTF8AndSize(text, &size);
    if (!content)
        return NULL;
    if (size > MEASURED)
        content += size - MEASURED, size = MEASURED;
    uint8_t seen[BITMAP] = {0};
    long digits = 0, letters = 0, different = 0;
    for (Py_ssize_t at = 0; at < size; at++) {
        uint8_t byte = (uint8_t)content[at], small = byte | 0x20;
        if (byte >= '0' && byte <= '9')
            digits = 1;
        else if (small >= 'a' && small <= 'z' && byte < 0x80)
            letters = 1;
        else if (!byte || !strchr("_.~+/=:%$@!-", byte))
            return PyLong_FromLong(0);
        different += !holds(seen, byte);
        seen[byte >> 3] |= (uint8_t)(1 << (byte & 7));
    }
    return PyLong_FromLong(digits && letters ? (long)size * 256 + different : 0);
}

/* ---- The module. */

static int
fill(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &finder_spec, NULL);
    if (!type)
        return -1;
    int failed = PyModule_AddObjectRef(module, "Finder", type);
    Py_DECREF(type);
    return failed;
}

static PyMethodDef functions[] = {
    {"token_signs", token_signs, METH_O, "Count the different ones of a token's last characters."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, (void *)fill},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_compiled",
    .m_doc = "Two loops of redaction over characters.",
    .m_methods = functions,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__compiled(void)
{
    return PyModuleDef_Init(&definition);
}
