// Threads.java: pools, monitors, locks, conditions, parallel streams and timers of Java.
import java.util.concurrent.*;
import java.util.concurrent.locks.*;
import java.util.stream.*;

public class Threads {
    static long total;

    public static void main(String[] arguments) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        ReentrantLock lock = new ReentrantLock();
        Condition full = lock.newCondition();
        for (int i = 0; i < 200; i++) {
            final int number = i;
            pool.submit(() -> {
                synchronized (Threads.class) { total += number; }
                lock.lock();
                try { full.signalAll(); } finally { lock.unlock(); }
            });
        }
        pool.shutdown();
        pool.awaitTermination(30, TimeUnit.SECONDS);
        System.out.println(total + " " + IntStream.range(0, 100000).parallel().asLongStream().sum());
    }
}
