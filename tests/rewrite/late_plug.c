/* late_plug.c: a module that is loaded when there are threads already; see late.c. */
int late_counter;

int late_plug(int times) {
    for (int i = 0; i < times; i++)
        late_counter++; /* RACE */
    return times > 0;
}
