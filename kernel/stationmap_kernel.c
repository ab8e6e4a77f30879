/* The nearest of points on the WGS-84 ellipsoid: what `stationmap.geo.nearest_points` does, compiled.
 *
 * A k-d tree over Earth-centred (ECEF) points ranks by straight chord, and the metres of what it finds follow from the
 * formulas of `stationmap.geo.geodesy`, in the same order of operations, so that both give the same digits. Whatever
 * chords cannot decide (ties, rivals of the last one, ways beyond 100 km) is left to Python: the answer is None then.
 *
 * A tree never changes after it is made, and everything else lies on the stack or belongs to one call, so threads share
 * it. Only the stable ABI of CPython 3.11 is used: one build serves every later version.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define LEAF 12            /* at most so many points are looked at one by one, at least half as many */
#define ON_STACK 64        /* neighbours that need no memory of their own */
#define MAX_POINTS 100000000

static const double EQUATORIAL_RADIUS_M = 6378137.0;
static const double FLATTENING = 1 / 298.257223563;
static const double DEGREE = 3.14159265358979323846 / 180.0;
static const double MAX_EULER_M = 100000.0;
static const double MAX_LOCAL_M = 10000.0;
static const double MAX_ROUND_M = 3000.0;
static const double TIE_M = 1e-6;
static const double SURELY = 1.001; /* no geodesic over a chord of up to 900 km is so much longer than it */
static const double MAX_SURE_M = 900000.0;

typedef struct {
    double at[3]; /* ECEF metres */
    int32_t id;   /* the place of the point in the arrays the tree was made of */
    int32_t hours; /* which hours it has, 0 where none were given */
} Point;

typedef struct {
    float low[3], high[3]; /* a box around its points, rounded outwards */
    int32_t right;         /* the second child, -1 for a leaf; the first follows its parent */
    int32_t begin, end;    /* its points */
} Node;

typedef struct {
    PyObject_HEAD
    Point *points;
    Node *nodes;
    int32_t count, nodes_made;
    int32_t hours_count; /* one more than the largest number of hours */
} Tree;

/* LocalFrame of geodesy.py: a place with what it takes to measure to its neighbours. */
typedef struct {
    double at[3], north[3];
    double north_origin_m, across, excess, round_arc_24;
} Frame;

static double eccentricity_2(void) { return FLATTENING * (2 - FLATTENING); }

static Frame frame_of(double lon, double lat)
{
    Frame frame;
    double e2 = eccentricity_2();
    double lon_rad = lon * DEGREE, lat_rad = lat * DEGREE;
    double sin_lon = sin(lon_rad), cos_lon = cos(lon_rad), sin_lat = sin(lat_rad), cos_lat = cos(lat_rad);
    double bulge = 1 - e2 * sin_lat * sin_lat;
    double normal_m = EQUATORIAL_RADIUS_M / sqrt(bulge);
    frame.at[0] = normal_m * cos_lat * cos_lon;
    frame.at[1] = normal_m * cos_lat * sin_lon;
    frame.at[2] = normal_m * (1 - e2) * sin_lat;
    frame.north[0] = -sin_lat * cos_lon;
    frame.north[1] = -sin_lat * sin_lon;
    frame.north[2] = cos_lat;
    frame.across = 1 / normal_m;
    frame.excess = bulge / (normal_m * (1 - e2)) - frame.across;
    frame.north_origin_m =
        frame.north[0] * frame.at[0] + frame.north[1] * frame.at[1] + frame.north[2] * frame.at[2];
    double mean = frame.across + frame.excess / 2;
    frame.round_arc_24 = mean * mean / 24;
    return frame;
}

/* Geodesic metres of a chord of up to MAX_EULER_M, as `PointIndex.nearest` chooses among the formulas. */
static double metres_of(const Frame *frame, const double *there, double chord)
{
    if (chord < MAX_ROUND_M)
        return chord + chord * chord * chord * frame->round_arc_24;
    if (chord < MAX_LOCAL_M) {
        double northing = frame->north[0] * there[0] + frame->north[1] * there[1] + frame->north[2] * there[2] -
                          frame->north_origin_m;
        double curved = chord * chord * frame->across + northing * northing * frame->excess;
        return chord + curved * curved / (24 * chord);
    }
    double e2 = eccentricity_2();
    double x = frame->at[0] + there[0], y = frame->at[1] + there[1], z = (frame->at[2] + there[2]) / (1 - e2);
    double horizontal_2 = x * x + y * y, length_2 = horizontal_2 + z * z;
    double bulge = 1 - e2 * z * z / length_2;
    double chord_2 = chord * chord, rise = there[2] - frame->at[2];
    double northing_2 = horizontal_2 != 0 ? fmin(rise * rise * length_2 / horizontal_2, chord_2) : 0.0;
    double curved = sqrt(bulge) / EQUATORIAL_RADIUS_M * (chord_2 + northing_2 * (bulge / (1 - e2) - 1));
    double angle_2 = curved * curved / chord_2;
    return chord * (1 + angle_2 / 24 + 3 * angle_2 * angle_2 / 640);
}

/* ---- Building ---------------------------------------------------------------------------------------------------- */

/* Put the middle-th of points begin..end by one axis in its place (Hoare's selection). */
static void part_at(Point *points, int32_t begin, int32_t end, int32_t middle, int axis)
{
    int32_t low = begin, high = end - 1;
    while (low < high) {
        double pivot = points[low + (high - low) / 2].at[axis];
        int32_t i = low, j = high;
        while (i <= j) {
            while (points[i].at[axis] < pivot)
                i++;
            while (points[j].at[axis] > pivot)
                j--;
            if (i <= j) {
                Point other = points[i];
                points[i++] = points[j];
                points[j--] = other;
            }
        }
        if (middle <= j)
            high = j;
        else if (middle >= i)
            low = i;
        else
            return;
    }
}

static int32_t build(Tree *tree, int32_t begin, int32_t end)
{
    int32_t here = tree->nodes_made++, axis = 0;
    Node *node = tree->nodes + here;
    double widest = -1;
    for (int d = 0; d < 3; d++) {
        double low = INFINITY, high = -INFINITY;
        for (int32_t i = begin; i < end; i++) {
            low = fmin(low, tree->points[i].at[d]);
            high = fmax(high, tree->points[i].at[d]);
        }
        node->low[d] = nextafterf((float)low, -INFINITY);
        node->high[d] = nextafterf((float)high, INFINITY);
        if (high - low > widest) {
            widest = high - low;
            axis = d;
        }
    }
    node->begin = begin;
    node->end = end;
    node->right = -1;
    if (end - begin > LEAF) {
        int32_t middle = begin + (end - begin) / 2; /* halves, whatever the points: the depth is a logarithm */
        part_at(tree->points, begin, end, middle, axis);
        build(tree, begin, middle);
        tree->nodes[here].right = build(tree, middle, end);
    }
    return here;
}

/* ---- Searching --------------------------------------------------------------------------------------------------- */

/* What is passed over: points whose bit is not set, and those surely closed up to so many metres away. */
typedef struct {
    const uint8_t *bits;    /* NULL where every point counts */
    const double *closed_m; /* by number of hours; NULL where time does not matter */
} Filter;

typedef struct {
    double chord_2;
    const Point *point;
} Found;

/* The nearest so far: a heap with the furthest on top, of at most `most`. */
typedef struct {
    Found *found;
    Py_ssize_t count, most;
    double reach_2; /* what is further away does not count */
} Nearest;

static int is_further(Found one, Found other)
{
    return one.chord_2 > other.chord_2 || (one.chord_2 == other.chord_2 && one.point->id > other.point->id);
}

static void sink(Found *heap, Py_ssize_t count, Py_ssize_t at)
{
    Found moved = heap[at];
    for (;;) {
        Py_ssize_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && is_further(heap[child + 1], heap[child]))
            child++;
        if (!is_further(heap[child], moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void take(Nearest *nearest, Found one)
{
    Found *heap = nearest->found;
    if (nearest->count < nearest->most) {
        Py_ssize_t at = nearest->count++;
        while (at > 0 && is_further(one, heap[(at - 1) / 2])) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = one;
    } else if (is_further(heap[0], one)) {
        heap[0] = one;
        sink(heap, nearest->count, 0);
    }
    if (nearest->count == nearest->most && heap[0].chord_2 < nearest->reach_2)
        nearest->reach_2 = heap[0].chord_2;
}

/* Let the nearest stand first. */
static void put_in_order(Nearest *nearest)
{
    for (Py_ssize_t last = nearest->count - 1; last > 0; last--) {
        Found furthest = nearest->found[0];
        nearest->found[0] = nearest->found[last];
        nearest->found[last] = furthest;
        sink(nearest->found, last, 0);
    }
}

static int is_passed_over(const Filter *filter, const Point *point, double chord_2)
{
    if (filter->bits && !(filter->bits[point->id >> 3] >> (point->id & 7) & 1))
        return 1;
    if (filter->closed_m) {
        double closed_m = filter->closed_m[point->hours];
        if (closed_m == INFINITY)
            return 1;
        double chord = sqrt(chord_2);
        return chord < MAX_SURE_M && chord * SURELY < closed_m;
    }
    return 0;
}

static double to_box_2(const Node *node, const double *from)
{
    double sum = 0;
    for (int d = 0; d < 3; d++) {
        double away = from[d] < node->low[d] ? node->low[d] - from[d] : from[d] > node->high[d] ? from[d] - node->high[d] : 0;
        sum += away * away;
    }
    return sum;
}

static void search(const Tree *tree, int32_t here, const double *from, const Filter *filter, Nearest *nearest)
{
    const Node *node = tree->nodes + here;
    if (node->right < 0) {
        for (int32_t i = node->begin; i < node->end; i++) {
            const Point *point = tree->points + i;
            double x = point->at[0] - from[0], y = point->at[1] - from[1], z = point->at[2] - from[2];
            double chord_2 = x * x + y * y + z * z;
            if (chord_2 <= nearest->reach_2 && !is_passed_over(filter, point, chord_2))
                take(nearest, (Found){chord_2, point});
        }
        return;
    }
    int32_t near = here + 1, far = node->right;
    double near_2 = to_box_2(tree->nodes + near, from), far_2 = to_box_2(tree->nodes + far, from);
    if (far_2 < near_2) {
        int32_t other = near;
        double other_2 = near_2;
        near = far, near_2 = far_2;
        far = other, far_2 = other_2;
    }
    if (near_2 <= nearest->reach_2)
        search(tree, near, from, filter, nearest);
    if (far_2 <= nearest->reach_2)
        search(tree, far, from, filter, nearest);
}

/* Find the `nearest->most` nearest by chord, in order. */
static void find(const Tree *tree, const Frame *frame, const Filter *filter, double within_chord_m, Nearest *nearest)
{
    nearest->count = 0;
    nearest->reach_2 = within_chord_m * within_chord_m;
    if (tree->count)
        search(tree, 0, frame->at, filter, nearest);
    put_in_order(nearest);
}

/* The metres of the first k found, and whether chords alone decide which they are and in which order. */
static int is_decided(const Frame *frame, const Nearest *nearest, Py_ssize_t k, double *metres)
{
    double last_m = -1;
    for (Py_ssize_t i = 0; i < nearest->count; i++) {
        double chord = sqrt(nearest->found[i].chord_2);
        if (i == k)
            return chord > last_m + TIE_M;
        if (chord > MAX_EULER_M)
            return 0;
        metres[i] = metres_of(frame, nearest->found[i].point->at, chord);
        if (metres[i] <= last_m + TIE_M)
            return 0;
        last_m = metres[i];
    }
    return 1;
}

/* ---- What Python sees -------------------------------------------------------------------------------------------- */

/* Hold a buffer of `count` values of `size` octets, or of any number of them where `count` is -1; -1 with an error. */
static int buffer_of(PyObject *given, Py_buffer *buffer, int flags, Py_ssize_t count, Py_ssize_t size)
{
    if (PyObject_GetBuffer(given, buffer, flags) < 0)
        return -1;
    if (count < 0 ? buffer->len % size : buffer->len != count * size) {
        PyBuffer_Release(buffer);
        PyErr_SetString(PyExc_ValueError, "a buffer of another size than the points have");
        return -1;
    }
    return 0;
}

typedef struct {
    Py_buffer bits, closed_m;
    Filter filter;
} HeldFilter;

static void let_go(HeldFilter *held)
{
    PyBuffer_Release(&held->bits);
    PyBuffer_Release(&held->closed_m);
}

/* Hold a filter given as bits and closed_m, each of which may be None; -1 with an error. */
static int hold(const Tree *tree, PyObject *bits, PyObject *closed_m, HeldFilter *held)
{
    *held = (HeldFilter){0};
    if (bits != Py_None) {
        if (buffer_of(bits, &held->bits, PyBUF_SIMPLE, ((Py_ssize_t)tree->count + 7) / 8, 1) < 0)
            return -1;
        held->filter.bits = held->bits.buf;
    }
    if (closed_m != Py_None) {
        if (buffer_of(closed_m, &held->closed_m, PyBUF_SIMPLE, -1, sizeof(double)) < 0) {
            let_go(held);
            return -1;
        }
        Py_ssize_t known = held->closed_m.len / (Py_ssize_t)sizeof(double);
        if (tree->count && (!tree->hours_count || known < tree->hours_count)) {
            PyErr_SetString(PyExc_ValueError, "hours that closed_m says nothing of");
            let_go(held);
            return -1;
        }
        held->filter.closed_m = held->closed_m.buf;
    }
    return 0;
}

static PyObject *tree_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"lons", "lats", "hours", NULL};
    PyObject *given[3] = {NULL, NULL, Py_None};
    Py_buffer lons = {0}, lats = {0}, hours = {0};
    Tree *tree = NULL;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "OO|O", names, given, given + 1, given + 2))
        return NULL;
    if (buffer_of(given[0], &lons, PyBUF_SIMPLE, -1, sizeof(double)) < 0)
        return NULL;
    Py_ssize_t count = lons.len / (Py_ssize_t)sizeof(double);
    if (buffer_of(given[1], &lats, PyBUF_SIMPLE, count, sizeof(double)) < 0)
        goto done;
    if (given[2] != Py_None && buffer_of(given[2], &hours, PyBUF_SIMPLE, count, sizeof(int32_t)) < 0)
        goto done;
    if (count > MAX_POINTS) {
        PyErr_SetString(PyExc_OverflowError, "too many points");
        goto done;
    }
    const double *lon = lons.buf, *lat = lats.buf;
    const int32_t *of_hours = hours.buf;
    int32_t hours_count = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!isfinite(lon[i]) || !isfinite(lat[i])) {
            PyErr_SetString(PyExc_ValueError, "a point is not finite");
            goto done;
        }
        if (of_hours && (of_hours[i] < 0 || of_hours[i] == INT32_MAX)) {
            PyErr_SetString(PyExc_ValueError, "hours are numbered from 0, below 2,147,483,647");
            goto done;
        }
        if (of_hours && of_hours[i] >= hours_count)
            hours_count = of_hours[i] + 1;
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    tree = (Tree *)allocate(type, 0);
    if (!tree)
        goto done;
    /* A leaf holds LEAF / 2 points or more, and there are as many inner nodes as leaves but one. */
    size_t nodes = (size_t)count / (LEAF / 2) * 2 + 2;
    tree->points = malloc((size_t)count * sizeof(Point) + 1);
    tree->nodes = malloc(nodes * sizeof(Node));
    if (!tree->points || !tree->nodes) {
        Py_DECREF(tree);
        tree = NULL;
        PyErr_NoMemory();
        goto done;
    }
    tree->hours_count = hours_count;
    tree->count = (int32_t)count;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < count; i++) {
        Frame frame = frame_of(lon[i], lat[i]);
        Point *point = tree->points + i;
        for (int d = 0; d < 3; d++)
            point->at[d] = frame.at[d];
        point->id = (int32_t)i;
        /* Read again, as somebody may write there meanwhile. */
        int32_t number = of_hours ? of_hours[i] : 0;
        point->hours = number >= 0 && number < hours_count ? number : 0;
    }
    if (count)
        build(tree, 0, (int32_t)count);
    Py_END_ALLOW_THREADS
done:
    PyBuffer_Release(&lons);
    PyBuffer_Release(&lats);
    PyBuffer_Release(&hours);
    return (PyObject *)tree;
}

static void tree_dealloc(PyObject *self)
{
    Tree *tree = (Tree *)self;
    PyTypeObject *type = Py_TYPE(self);
    free(tree->points);
    free(tree->nodes);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

/* Read a place and how many neighbours; -1 with an error. No more can be found than there are points. */
static int place_of(const Tree *tree, PyObject *const *given, double *lon, double *lat, Py_ssize_t *k)
{
    *lon = PyFloat_AsDouble(given[0]);
    *lat = PyFloat_AsDouble(given[1]);
    *k = PyNumber_AsSsize_t(given[2], NULL); /* the largest there is where it is larger */
    if (PyErr_Occurred())
        return -1;
    if (!isfinite(*lon) || !isfinite(*lat) || *k < 1) {
        PyErr_SetString(PyExc_ValueError, "a place is finite, and k at least 1");
        return -1;
    }
    if (*k > tree->count)
        *k = tree->count;
    return 0;
}

static PyObject *pair(double metres, const Point *point)
{
    PyObject *both = PyTuple_New(2), *first = PyFloat_FromDouble(metres), *second = PyLong_FromLong(point->id);
    if (!both || !first || !second) {
        Py_XDECREF(both);
        Py_XDECREF(first);
        Py_XDECREF(second);
        return NULL;
    }
    PyTuple_SetItem(both, 0, first);
    PyTuple_SetItem(both, 1, second);
    return both;
}

static PyObject *pairs(const Nearest *nearest, const double *metres, Py_ssize_t count)
{
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list && i < count; i++) {
        PyObject *both = pair(metres[i], nearest->found[i].point);
        if (!both || PyList_SetItem(list, i, both) < 0) {
            Py_DECREF(list);
            return NULL;
        }
    }
    return list;
}

PyDoc_STRVAR(nearest_doc,
             "nearest(lon, lat, k, within_m, bits, closed_m)\n--\n\n"
             "Return [(metres, place)] of the at most k nearest points within so many geodesic metres, or None where\n"
             "chords do not decide. `bits` leaves points out, `closed_m` those closed up to that many metres away.");

static PyObject *tree_nearest(Tree *tree, PyObject *const *given, Py_ssize_t count)
{
    double lon, lat, within_m;
    Py_ssize_t k;
    if (count != 6) {
        PyErr_SetString(PyExc_TypeError, "nearest() takes 6 arguments");
        return NULL;
    }
    if (place_of(tree, given, &lon, &lat, &k) < 0)
        return NULL;
    within_m = PyFloat_AsDouble(given[3]);
    if (PyErr_Occurred())
        return NULL;
    HeldFilter held;
    if (hold(tree, given[4], given[5], &held) < 0)
        return NULL;
    Found found_here[ON_STACK];
    double metres_here[ON_STACK];
    Found *found = found_here;
    double *metres = metres_here;
    if (k + 1 > ON_STACK) {
        found = malloc((size_t)(k + 1) * sizeof(Found));
        metres = malloc((size_t)(k + 1) * sizeof(double));
    }
    PyObject *answer = NULL;
    if (!found || !metres) {
        PyErr_NoMemory();
    } else {
        Nearest nearest = {found, 0, k + 1, 0};
        Frame frame = frame_of(lon, lat);
        find(tree, &frame, &held.filter, within_m + TIE_M, &nearest);
        if (is_decided(&frame, &nearest, k, metres)) {
            Py_ssize_t inside = nearest.count < k ? nearest.count : k;
            while (inside > 0 && metres[inside - 1] > within_m + TIE_M) /* a chord within it of a longer way */
                inside--;
            answer = pairs(&nearest, metres, inside);
        } else {
            answer = Py_NewRef(Py_None);
        }
    }
    if (found != found_here) {
        free(found);
        free(metres);
    }
    let_go(&held);
    return answer;
}

PyDoc_STRVAR(by_chord_doc,
             "by_chord(lon, lat, k, within_chord_m, bits, closed_m)\n--\n\n"
             "Return [(chord, place)] of the at most k nearest points by straight chord in metres.");

static PyObject *tree_by_chord(Tree *tree, PyObject *const *given, Py_ssize_t count)
{
    double lon, lat, within_m;
    Py_ssize_t k;
    if (count != 6) {
        PyErr_SetString(PyExc_TypeError, "by_chord() takes 6 arguments");
        return NULL;
    }
    if (place_of(tree, given, &lon, &lat, &k) < 0)
        return NULL;
    within_m = PyFloat_AsDouble(given[3]);
    if (PyErr_Occurred())
        return NULL;
    if (k == 0)
        return PyList_New(0);
    HeldFilter held;
    if (hold(tree, given[4], given[5], &held) < 0)
        return NULL;
    Nearest nearest = {malloc((size_t)k * sizeof(Found)), 0, k, 0};
    double *chords = malloc((size_t)k * sizeof(double));
    PyObject *answer = NULL;
    if (!nearest.found || !chords) {
        PyErr_NoMemory();
    } else {
        Frame frame = frame_of(lon, lat);
        find(tree, &frame, &held.filter, within_m, &nearest);
        for (Py_ssize_t i = 0; i < nearest.count; i++)
            chords[i] = sqrt(nearest.found[i].chord_2);
        answer = pairs(&nearest, chords, nearest.count);
    }
    free(nearest.found);
    free(chords);
    let_go(&held);
    return answer;
}

PyDoc_STRVAR(nearest_many_doc,
             "nearest_many(lons, lats, order, k, bits, places, metres, unsettled)\n--\n\n"
             "Find the k nearest points of each of n places, of those numbered in `order`, without the interpreter's\n"
             "lock: `places` (n, k) and `metres` (n, k) are filled where there is one, `unsettled` (n) is 1 where\n"
             "chords do not decide.");

static PyObject *tree_nearest_many(Tree *tree, PyObject *arguments)
{
    PyObject *given[4], *bits, *outs[3];
    Py_ssize_t k;
    if (!PyArg_ParseTuple(arguments, "OOOnOOOO", given, given + 1, given + 2, &k, &bits, outs, outs + 1, outs + 2))
        return NULL;
    Py_buffer lons = {0}, lats = {0}, order = {0}, places = {0}, metres = {0}, unsettled = {0};
    HeldFilter held = {0};
    PyObject *answer = NULL;
    Found *found = NULL;
    double *of_one = NULL;
    if (k < 1) {
        PyErr_SetString(PyExc_ValueError, "k must be at least 1");
        return NULL;
    }
    if (buffer_of(given[0], &lons, PyBUF_SIMPLE, -1, sizeof(double)) < 0)
        return NULL;
    Py_ssize_t n = lons.len / (Py_ssize_t)sizeof(double);
    if (n && k > PY_SSIZE_T_MAX / n / (Py_ssize_t)sizeof(double)) {
        PyErr_SetString(PyExc_OverflowError, "k is too large");
        goto done;
    }
    if (buffer_of(given[1], &lats, PyBUF_SIMPLE, n, sizeof(double)) < 0 ||
        buffer_of(given[2], &order, PyBUF_SIMPLE, -1, sizeof(int64_t)) < 0 ||
        buffer_of(outs[0], &places, PyBUF_WRITABLE, n * k, sizeof(int64_t)) < 0 ||
        buffer_of(outs[1], &metres, PyBUF_WRITABLE, n * k, sizeof(double)) < 0 ||
        buffer_of(outs[2], &unsettled, PyBUF_WRITABLE, n, 1) < 0 || hold(tree, bits, Py_None, &held) < 0)
        goto done;
    const double *lon = lons.buf, *lat = lats.buf;
    const int64_t *asked = order.buf;
    Py_ssize_t count = order.len / (Py_ssize_t)sizeof(int64_t);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (asked[i] < 0 || asked[i] >= n || !isfinite(lon[asked[i]]) || !isfinite(lat[asked[i]])) {
            PyErr_SetString(PyExc_ValueError, "a number of no place, or a place that is not finite");
            goto done;
        }
    }
    Py_ssize_t most = k < tree->count ? k : tree->count;
    found = malloc((size_t)(most + 1) * sizeof(Found));
    of_one = malloc((size_t)(most + 1) * sizeof(double));
    if (!found || !of_one) {
        PyErr_NoMemory();
        goto done;
    }
    int64_t *place_out = places.buf;
    double *metres_out = metres.buf;
    uint8_t *unsettled_out = unsettled.buf;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < count; i++) {
        int64_t at = asked[i];
        if (at < 0 || at >= n) /* written over since it was checked */
            continue;
        Nearest nearest = {found, 0, most + 1, 0};
        Frame frame = frame_of(lon[at], lat[at]);
        find(tree, &frame, &held.filter, INFINITY, &nearest);
        unsettled_out[at] = !is_decided(&frame, &nearest, most, of_one);
        for (Py_ssize_t j = 0; j < most && j < nearest.count; j++) {
            place_out[at * k + j] = found[j].point->id;
            metres_out[at * k + j] = unsettled_out[at] ? NAN : of_one[j];
        }
    }
    Py_END_ALLOW_THREADS
    answer = Py_NewRef(Py_None);
done:
    free(found);
    free(of_one);
    let_go(&held);
    PyBuffer_Release(&lons);
    PyBuffer_Release(&lats);
    PyBuffer_Release(&order);
    PyBuffer_Release(&places);
    PyBuffer_Release(&metres);
    PyBuffer_Release(&unsettled);
    return answer;
}

static Py_ssize_t tree_length(PyObject *self) { return ((Tree *)self)->count; }

static PyMethodDef tree_methods[] = {
    {"nearest", (PyCFunction)(void (*)(void))tree_nearest, METH_FASTCALL, nearest_doc},
    {"by_chord", (PyCFunction)(void (*)(void))tree_by_chord, METH_FASTCALL, by_chord_doc},
    {"nearest_many", (PyCFunction)tree_nearest_many, METH_VARARGS, nearest_many_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(tree_doc, "Tree(lons, lats, hours=None)\n--\n\n"
                       "An immutable tree of points in degrees, buffers of float64, with numbers of hours (int32).");

static PyType_Slot tree_slots[] = {
    {Py_tp_doc, (void *)tree_doc},
    {Py_tp_new, tree_new},
    {Py_tp_dealloc, tree_dealloc},
    {Py_tp_methods, tree_methods},
    {Py_sq_length, tree_length},
    {0, NULL},
};

static PyType_Spec tree_spec = {"stationmap_kernel.Tree", sizeof(Tree), 0, Py_TPFLAGS_DEFAULT, tree_slots};

static int module_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &tree_spec, NULL);
    if (!type)
        return -1;
    int added = PyModule_AddObjectRef(module, "Tree", type);
    Py_DECREF(type);
    return added;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT, "stationmap_kernel", "The nearest of points on the ellipsoid, compiled.", 0, NULL,
    module_slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_stationmap_kernel(void) { return PyModuleDef_Init(&module_def); }
