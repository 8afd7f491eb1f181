"""survival_cases.py: the programs of survival.py, each as a command that says the same every time.

$DATA holds what prepare() makes; each case runs in an empty directory of its own.
"""

import os
import shutil


class Case:
    def __init__(self, name, command, files=(), program=None):
        self.name, self.command, self.files = name, command, files
        self.programs = [program or name.split()[0]]

    def missing(self):
        return next((p for p in self.programs if not shutil.which(p)), None)


C_SOURCE = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(int argc, char **argv) {
    int n[1000]; for (int i = 0; i < 1000; i++) n[i] = i * 7919 % 1009;
    qsort(n, 1000, sizeof *n, compare);
    double s = 0; for (int i = 0; i < 1000; i++) s += n[i] / (i + 1.0);
    printf("%s %d %.3f\\n", argc > 1 ? argv[1] : "none", n[500], s);
    switch (argc) { case 1: puts("one"); break; case 2: puts("two"); break; case 3: puts("three"); break;
                    case 4: puts("four"); break; default: puts("many"); }
    return 0;
}
"""

CPP_SOURCE = """
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <vector>
template <class T> struct tree { std::map<std::string, T> nodes; void add(const std::string &k, T v) { nodes[k] = v; } };
int main() {
    tree<int> t; std::vector<std::string> words;
    for (int i = 0; i < 200; i++) { words.push_back("w" + std::to_string(i * 37 % 101)); t.add(words.back(), i); }
    std::sort(words.begin(), words.end());
    std::regex r("w[0-9]*7"); int n = 0;
    for (auto &w : words) if (std::regex_match(w, r)) n++;
    try { throw std::runtime_error("thrown"); } catch (const std::exception &e) { std::cout << e.what() << n << t.nodes.size() << "\\n"; }
}
"""


APACHE = """
ServerRoot ${PWD}
ServerName localhost
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule deflate_module /usr/lib/apache2/modules/mod_deflate.so
LoadModule filter_module /usr/lib/apache2/modules/mod_filter.so
PidFile ${PWD}/pid
DefaultRuntimeDir ${PWD}
Listen 127.0.0.1:18481
DocumentRoot ${DATA}
ErrorLog ${PWD}/errors
StartServers 2
ThreadsPerChild 8
SetOutputFilter DEFLATE
"""
NGINX = """
daemon off; error_log stderr crit; worker_processes 2; user root; pid pid;
thread_pool default threads=4;
events { worker_connections 64; }
http { access_log off; aio threads; client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
  server { listen 127.0.0.1:18482; location / { root data; gzip on; gzip_types *; } } }
"""
HAPROXY = """
global
  nbthread 4
defaults
  mode http
  timeout client 20s
  timeout server 20s
  timeout connect 20s
frontend f
  bind 127.0.0.1:18483
  http-request return status 200 content-type text/plain lf-string "%[path] %[rand(1)]"
"""
LIGHTTPD = """
server.document-root = env.DATA
server.port = 18484
server.bind = "127.0.0.1"
"""


def server(start, wait, use, stop="kill $server; wait $server; echo ended $?"):
    """A command: a server in the background, its clients once it listens, and its end."""
    return (f"{start} & server=$!; n=0; until {wait} > /dev/null 2>&1; do n=$((n + 1)); [ $n -lt 400 ] || break; "
            f"sleep 0.1; done; {use}; {stop}")


def prepare(work):
    data = os.path.join(work, "data")
    os.makedirs(data, exist_ok=True)
    files = {
        "a.c": C_SOURCE,
        "a.cc": CPP_SOURCE,
        "text": "".join(f"line {i} of a text with number {i * 7919 % 10007} and word{i % 17}\n" for i in range(20000)),
        "other": "".join(f"line {i} of a text with number {i * 7919 % 10009} and word{i % 19}\n" for i in range(20000)),
        "a.json": '{"rows": [' + ", ".join(f'{{"id": {i}, "name": "n{i % 7}"}}' for i in range(2000)) + "]}",
        "a.xml": "<rows>" + "".join(f'<row id="{i}"><name>n{i % 7}</name></row>' for i in range(2000)) + "</rows>",
        "a.dot": "digraph g {" + "".join(f"a{i} -> a{i * 7 % 60};" for i in range(60)) + "}",
        "a.pgm": "P2 64 64 255\n" + "\n".join(str(i * 37 % 256) for i in range(4096)) + "\n",
        "a.ppm": "P3 64 64 255\n" + "\n".join(f"{i * 37 % 256} {i * 11 % 256} {i * 5 % 256}" for i in range(4096)) + "\n",
        "a.lua": "local t = {} for i = 1, 20000 do t[i] = i * 7919 % 10007 end table.sort(t) "
                 "print(t[1], t[10000], string.rep('x', 3), pcall(error, 'e'))\n",
        "a.pl": "my %h; $h{$_ % 97} .= $_ for 1..20000; print join(',', map { length $h{$_} } sort { $a <=> $b } keys %h), \"\\n\"; "
                "eval { die 'caught' }; print $@; print 'abc' =~ /(b)(c)/ ? $2 : '', \"\\n\";\n",
        "a.rb": "h = Hash.new(0); 20000.times { |i| h[i % 97] += i }; puts h.values.sum; begin; raise 'x'; rescue => e; puts e; end; "
                "puts (1..50).map { |i| Thread.new { i * i } }.sum(&:value)\n",
        "a.php": "<?php $a = []; for ($i = 0; $i < 20000; $i++) $a[$i % 97] = ($a[$i % 97] ?? 0) + $i; ksort($a); "
                 "echo md5(json_encode($a)), preg_replace('/b+/', 'c', 'abbc'), \"\\n\";\n",
        "a.tcl": "for {set i 0} {$i < 20000} {incr i} { incr a([expr {$i % 97}]) $i }; puts [lsort -integer [array names a]]; catch {error x} r; puts $r\n",
        "a.py": "import re, json, zlib, hashlib\nd = {}\nfor i in range(20000): d[i % 97] = d.get(i % 97, 0) + i\n"
                "print(hashlib.md5(json.dumps(d).encode()).hexdigest(), zlib.crc32(b'x' * 1000), re.sub('b+', 'c', 'abb'))\n"
                "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print(e)\n",
        "a.sql": "create table t(a integer primary key, b text);\n"
                 "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) insert into t select i, 'v' || (i % 71) from n;\n"
                 "create index x on t(b); select b, count(*), sum(a) from t group by b order by 2 desc, 1 limit 5;\n"
                 "select count(*) from t a join t b on a.a = b.a + 1 where a.b like '%7';\n",
        "a.awk": "{ n[$NF]++; s += $5 } END { for (k in n) print k, n[k] | \"sort\"; close(\"sort\"); print s }\n",
        "a.y": "%token N\n%%\ne: e '+' t | t;\nt: t '*' f | f;\nf: N | '(' e ')';\n%%\n",
        "a.l": "%%\n[0-9]+ { return 1; }\n[a-z]+ { return 2; }\n. { return 3; }\n%%\n",
        "a.asm": "section .text\nglobal f\nf: mov eax, 1\n add eax, [rdi + rcx * 4]\n ret\n",
        "a.m4": "define(`f', `ifelse($1, 0, 1, `eval($1 * f(decr($1)))')')f(10) f(12)\n",
        "a.gp": "set terminal dumb\nplot sin(x)\n",
        "a.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="15" fill="red"/></svg>',
        "a.ps": "%!PS\n/Helvetica findfont 20 scalefont setfont 50 50 moveto (text) show showpage\n",
        "a.java": "import java.util.*; import java.util.stream.*; public class a { public static void main(String[] x) throws Exception { "
                  "System.out.println(IntStream.range(0, 200000).parallel().mapToLong(i -> i * 7919L % 10007).sum()); "
                  "Thread t = new Thread(() -> System.out.println(\"thread\")); t.start(); t.join(); "
                  "try { Object o = null; o.hashCode(); } catch (NullPointerException e) { System.out.println(\"caught\"); } } }\n",
        "a.rs": "use std::thread; fn deep(n: u32) { if n == 0 { panic!(\"thrown\") } deep(n - 1); println!(\"no\") }\n"
                "fn main() { let t: Vec<_> = (0..4).map(|i| thread::spawn(move || (0..1000u64).map(|k| k * i).sum::<u64>())).collect();\n"
                "for x in t { println!(\"{}\", x.join().unwrap()) } println!(\"{:?}\", thread::spawn(|| deep(3)).join().is_err()); }\n",
        "a.go": "package main\nimport (\"fmt\"; \"sync\")\nfunc main() { var w sync.WaitGroup; var m sync.Mutex; s := 0\n"
                "for i := 0; i < 50; i++ { w.Add(1); go func(i int) { m.Lock(); s += i; m.Unlock(); w.Done() }(i) }; w.Wait(); fmt.Println(s) }\n",
        "a.el": "(let ((h (make-hash-table)) (s 0)) (dotimes (i 5000) (puthash (% i 97) i h)) (maphash (lambda (_k v) (setq s (+ s v))) h) "
                "(message \"%d %s\" s (condition-case e (error \"x\") (error e))) (princ (replace-regexp-in-string \"b+\" \"c\" \"abbc\")))\n",
        "a.scm": "(use-modules (ice-9 threads)) (display (apply + (par-map (lambda (i) (* i i)) (iota 100)))) (newline) "
                 "(display (catch 'misc-error (lambda () (error \"x\")) (lambda _ \"caught\"))) (newline)\n",
        "a.ml": "let () = let h = Hashtbl.create 9 in for i = 0 to 20000 do Hashtbl.replace h (i mod 97) i done; "
                "print_int (Hashtbl.fold (fun _ v a -> v + a) h 0); print_newline (); (try failwith \"x\" with Failure s -> print_endline s)\n",
        "a.lisp": "(let ((h (make-hash-table))) (dotimes (i 20000) (setf (gethash (mod i 97) h) i)) "
                  "(format t \"~a ~a~%\" (loop for v being the hash-values of h sum v) (handler-case (error \"x\") (error (e) (princ-to-string e)))))\n",
        "a.erl": "-module(a).\n-export([main/0]).\nmain() -> S = self(), [spawn(fun() -> S ! I * I end) || I <- lists:seq(1, 100)], "
                 "io:format(\"~p~n\", [lists:sum([receive X -> X end || _ <- lists:seq(1, 100)])]), halt().\n",
        "a.plg": "q(N) :- numlist(1, N, L), foldl([X, A, B]>>(B is A + X * X), L, 0, S), print(S), nl.\n"
                 ":- q(1000), first_solution(X, [X = 1], []), print(X), nl, catch(throw(x), E, (print(E), nl)).\n",
        "a.R": "x <- (1:2000 * 7919) %% 1009; m <- matrix(x[1:400], 20); print(sum(x)); print(round(det(m / 500), 6)); print(summary(x)); "
               "print(tryCatch(stop('x'), error = function(e) conditionMessage(e)))\n",
        "a.m": "a = mod((1:400) * 7919, 1009); m = reshape(a, 20, 20); printf('%.6g %.6g\\n', sum(a), norm(m)); try, error('x'); catch e, disp(e.message); end\n",
        "a.smt2": "(declare-const x Int) (declare-const y Int) (assert (and (> x 2) (< y 10) (= (* x y) 21))) (check-sat) (get-model)\n",
        "a.cnf": "p cnf 60 240\n" + "".join(f"{(i * 7 % 60 + 1) * (-1) ** i} {(i * 11 % 60 + 1) * (-1) ** (i // 2)} {(i * 13 % 60 + 1) * (-1) ** (i // 3)} 0\n" for i in range(240)),
        "a.pov": "camera { location <0, 1, -4> look_at 0 } light_source { <5, 9, -9> rgb 1 } sphere { 0, 1 pigment { rgb <1, 0, 0> } finish { phong 1 reflection 0.3 } } plane { y, -1 pigment { checker rgb 1, rgb 0 } }\n",
        "a.md": "# Title\n\nA *text* with `code`, [link](http://x) and a list:\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "apache.conf": APACHE,
        "nginx.conf": NGINX,
        "haproxy.cfg": HAPROXY,
        "lighttpd.conf": LIGHTTPD,
        "CMakeLists.txt": "cmake_minimum_required(VERSION 3.13)\nproject(small C)\nadd_executable(small a.c)\n",
        "build.ninja": "rule cc\n  command = gcc -O1 $in -o $out\nbuild small: cc a.c\n",
    }
    for name, text in files.items():
        path = os.path.join(data, name)
        if not os.path.exists(path):
            with open(path, "w") as out:
                out.write(text)


IMAGE = "-define png:exclude-chunks=date,time +set date:create +set date:modify"
ALL = [
    # Compilers and their kin
    Case("gcc -O2", "gcc -O2 -c $DATA/a.c -o a.o && objcopy --strip-debug a.o && cat a.o | sha256sum"),
    Case("gcc and run", "gcc -O1 -g $DATA/a.c -o a && ./a x y"),
    Case("g++ -O2", "g++ -O2 -S $DATA/a.cc -o a.s", ["a.s"]),
    Case("clang -O2", "clang -O2 -c $DATA/a.c -o a.o", ["a.o"]),
    Case("clang++ -O1", "clang++ -O1 -S $DATA/a.cc -o a.s", ["a.s"]),
    Case("cpp", "cpp $DATA/a.c | wc"),
    Case("as and objdump", "gcc -S $DATA/a.c -o a.s && as a.s -o a.o && objdump -d a.o", program="as"),
    Case("ld.bfd", "gcc -c $DATA/a.c -o a.o && gcc -fuse-ld=bfd a.o -o a && ./a 1 2 3", program="ld.bfd"),
    Case("ld.gold", "gcc -c $DATA/a.c -o a.o && gcc -fuse-ld=gold a.o -o a && ./a 1 2 3", program="ld.gold"),
    Case("ld.lld", "clang -c $DATA/a.c -o a.o && clang -fuse-ld=lld a.o -o a && ./a 1"),
    Case("readelf", "gcc -g $DATA/a.c -o a && readelf -hlS a", program="readelf"),
    Case("nm and strip", "gcc -g $DATA/a.c -o a && nm a && strip a && ./a", program="nm"),
    Case("ar", "gcc -c $DATA/a.c -o a.o && ar rcD l.a a.o && ar t l.a", ["l.a"]),
    Case("nasm", "nasm -f elf64 $DATA/a.asm -o a.o", ["a.o"]),
    Case("yasm", "yasm -f elf64 $DATA/a.asm -o a.o", ["a.o"]),
    Case("bison", "bison $DATA/a.y -o a.c", ["a.c"]),
    Case("flex", "flex -o a.c $DATA/a.l", ["a.c"]),
    Case("m4", "m4 $DATA/a.m4"),
    Case("cppcheck", "cppcheck --enable=all $DATA/a.c 2>&1"),
    Case("gdb", "gcc -g $DATA/a.c -o a && gdb -q -batch -ex 'info line main' -ex 'list compare' a"),
    Case("strace", "strace -e trace=write echo hi 2>&1"),
    # Building
    Case("make", "cp $DATA/a.c . && make -s a && ./a q"),
    Case("cmake", "cp $DATA/a.c $DATA/CMakeLists.txt . && cmake -S . -B b > log 2>&1 && cmake --build b > log2 2>&1 && b/small"),
    Case("ninja", "cp $DATA/a.c $DATA/build.ninja . && ninja -v && ./small"),
    Case("git", "git init -q . && git config user.name n && git config user.email e && for i in 1 2 3 4 5; do head -$((i * 1000)) $DATA/text > f; "
         "git add f; GIT_AUTHOR_DATE='2020-01-01 00:00 +0000' GIT_COMMITTER_DATE='2020-01-01 00:00 +0000' git commit -qm $i; done; git log --stat && git gc -q && git fsck && git diff HEAD~2 | sha256sum"),
    # Interpreters
    Case("python3", "/usr/bin/python3 $DATA/a.py"),
    Case("perl", "perl $DATA/a.pl"),
    Case("lua5.4", "lua5.4 $DATA/a.lua"),
    Case("ruby", "ruby $DATA/a.rb"),
    Case("php", "php $DATA/a.php"),
    Case("tclsh", "tclsh $DATA/a.tcl"),
    Case("node", "node -e 'let a = []; for (let i = 0; i < 20000; i++) a.push(i * 7919 % 10007); a.sort((x, y) => x - y); console.log(a[9], JSON.stringify({a: a[5]}))'"),
    Case("gawk", "gawk -f $DATA/a.awk $DATA/text"),
    Case("mawk", "mawk -f $DATA/a.awk $DATA/text"),
    Case("bash", "bash -c 'for ((i = 0; i < 2000; i++)); do ((s += i * i)); done; echo $s; trap \"echo bye\" EXIT; [[ abc =~ b(c) ]] && echo ${BASH_REMATCH[1]}'"),
    Case("dash", "dash -c 'i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done; echo $i'"),
    Case("bc", "echo 'scale=50; 4*a(1); 2^300' | bc -l"),
    Case("dc", "echo '2 200 ^ p 50 k 2 v p' | dc"),
    Case("sqlite3", "sqlite3 base < $DATA/a.sql"),
    # Compression and archives
    Case("gzip", "gzip -9 -n < $DATA/text | tee out | gzip -d | sha256sum", ["out"]),
    Case("bzip2", "bzip2 < $DATA/text | tee out | bzip2 -d | sha256sum", ["out"]),
    Case("xz", "xz -T2 < $DATA/text | tee out | xz -d | sha256sum", ["out"]),
    Case("zstd", "zstd -T2 -q -12 < $DATA/text | tee out | zstd -q -d | sha256sum", ["out"]),
    Case("lz4", "lz4 -9 -q < $DATA/text | tee out | lz4 -q -d | sha256sum", ["out"]),
    Case("pigz", "pigz -p3 -n < $DATA/text | tee out | pigz -d | sha256sum", ["out"]),
    Case("pbzip2", "pbzip2 -p3 -c < $DATA/text | tee out | pbzip2 -d -c | sha256sum", ["out"]),
    Case("7z", "7z a -bd -mmt=2 a.7z $DATA/text > /dev/null && 7z x -so a.7z | sha256sum"),
    Case("zip", "cp $DATA/text . && zip -q -X a.zip text && unzip -p a.zip | sha256sum"),
    Case("tar", "cp $DATA/text . && tar --mtime=2020-01-01 -cf a.tar text && tar -tvf a.tar", ["a.tar"]),
    # Text
    Case("sort", "sort --parallel=2 -k 7 $DATA/text | sha256sum"),
    Case("grep", "grep -c 'number [0-9]*7 ' $DATA/text; grep -E '(word1|word2)$' $DATA/text | tail -3"),
    Case("rg", "rg -j2 -c 'number [0-9]*7 ' $DATA/text $DATA/other | sort"),
    Case("sed", "sed -E 's/number ([0-9]+)/<\\1>/; /word3/d' $DATA/text | sha256sum"),
    Case("diff", "diff $DATA/text $DATA/other | sha256sum"),
    Case("jq", "jq '.rows | group_by(.name) | map({name: .[0].name, n: length})' $DATA/a.json"),
    Case("xmllint", "xmllint --format $DATA/a.xml | sha256sum"),
    Case("tidy", "tidy -q -xml $DATA/a.xml | sha256sum"),
    Case("vim.tiny", "cp $DATA/text t && vim.tiny -es -u NONE -c '%s/number/N/' -c 'wq' t; sha256sum t"),
    Case("find", "find /usr/include -name '*.h' | wc -l"),
    # Cryptography and network tools
    Case("openssl", "openssl dgst -sha256 $DATA/text | sed 's/.*= //' && openssl enc -aes-256-cbc -pbkdf2 -nosalt -k x < $DATA/text | sha256sum && openssl prime 1000003"),
    Case("ssh-keygen", "ssh-keygen -q -t ed25519 -N '' -f k && ssh-keygen -l -f k.pub | cut -d' ' -f1,4"),
    Case("gpg", "gpg --batch --passphrase x -o out -c $DATA/text 2>/dev/null; gpg --batch --passphrase x -d out 2>/dev/null | sha256sum"),
    Case("curl", "curl -s file://$DATA/text | sha256sum && curl --version | head -1"),
    Case("wget", "wget --version | head -1; wget -q -O - http://127.0.0.1:1/ ; echo $?"),
    Case("rsync", "mkdir s && cp $DATA/text s && rsync -a s/ d/ && sha256sum d/text"),
    # Images, sound and video
    Case("convert", f"convert $DATA/a.ppm -resize 200% -blur 2 -rotate 30 {IMAGE} out.png && convert out.png rgb:- | sha256sum"),
    Case("optipng", "convert $DATA/a.ppm a.png && optipng -q a.png && convert a.png rgb:- | sha256sum"),
    Case("cjpeg", "cjpeg $DATA/a.ppm > out || true; pnmtopng $DATA/a.pgm | wc -c; djpeg out | sha256sum", program="cjpeg"),
    Case("cwebp", "cwebp -quiet -mt $DATA/a.ppm -o out && dwebp -quiet out -ppm -o - | sha256sum", ["out"]),
    Case("pnmscale", "pnmscale 2 $DATA/a.pgm | pnmflip -lr | sha256sum"),
    Case("ffmpeg", "ffmpeg -v error -f lavfi -i testsrc=duration=1:size=160x120:rate=10 -threads 2 -c:v mpeg4 -flags +bitexact -fflags +bitexact -f avi out && ffmpeg -v error -i out -f md5 -"),
    Case("ffmpeg x264", "ffmpeg -v error -f lavfi -i testsrc=duration=1:size=160x120:rate=10 -c:v libx264 -threads 3 -f rawvideo - | wc -c", program="ffmpeg"),
    Case("flac", "ffmpeg -v error -f lavfi -i sine=duration=1 a.wav && flac -s a.wav -o out.flac && flac -s -d -c out.flac | sha256sum"),
    Case("lame", "ffmpeg -v error -f lavfi -i sine=duration=1 a.wav && lame --quiet a.wav out", ["out"]),
    Case("oggenc", "ffmpeg -v error -f lavfi -i sine=duration=1 a.wav && oggenc -Q -s 1 a.wav -o out", ["out"]),
    Case("sox", "sox -R -n out.wav synth 1 sine 440 reverb", ["out.wav"]),
    Case("dot", "dot -Tplain $DATA/a.dot"),
    Case("gnuplot", "gnuplot $DATA/a.gp"),
    Case("gs", "gs -q -dNOPAUSE -dBATCH -sDEVICE=ppmraw -r30 -sOutputFile=out $DATA/a.ps", ["out"]),
    Case("pdftotext", "gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -sOutputFile=a.pdf $DATA/a.ps && pdftotext a.pdf -"),
    Case("rsvg-convert", "rsvg-convert $DATA/a.svg | convert png:- rgb:- | sha256sum"),
    # Compilers and interpreters of further languages
    Case("rustc", "cp $DATA/a.rs . && rustc -O a.rs 2>&1 && ./a 2>&1 | sed 's/([0-9]*)//'"),
    Case("rust backtrace", "cp $DATA/a.rs . && rustc -g a.rs && RUST_BACKTRACE=full ./a 2>&1 | sed 's/([0-9]*)//; s/0x[0-9a-f]*/ADDRESS/'", program="rustc"),
    Case("cargo", "mkdir q && cd q && cargo init -q --name small . && cp $DATA/a.rs src/main.rs && cargo build -q --offline 2>&1 && target/debug/small 2>/dev/null"),
    Case("go", "cp $DATA/a.go . && GOFLAGS=-mod=mod GOCACHE=$PWD/c go run a.go"),
    Case("javac and java", "cp $DATA/a.java . && javac a.java && java -Xmx200m a", program="javac"),
    Case("guile", "guile --no-auto-compile $DATA/a.scm"),
    Case("ocaml", "ocaml $DATA/a.ml && cp $DATA/a.ml . && ocamlfind ocamlopt a.ml -o a 2> /dev/null || ocamlopt a.ml -o a && ./a"),
    Case("sbcl", "sbcl --script $DATA/a.lisp"),
    Case("erlc and erl", "cp $DATA/a.erl . && erlc a.erl && erl -noshell -s a main", program="erlc"),
    Case("swipl", "swipl -g halt $DATA/a.plg"),
    Case("R", "R --vanilla -s -f $DATA/a.R"),
    Case("octave-cli", "octave-cli --no-init-file $DATA/a.m"),
    Case("emacs", "emacs -Q --batch -l $DATA/a.el 2>&1"),
    Case("vim", "cp $DATA/text t && vim -es -u NONE -c 'g/word3/d' -c 'wq' t; sha256sum t"),
    Case("pandoc", "pandoc $DATA/a.md -t latex && pandoc $DATA/a.md -o a.docx && pandoc a.docx -t plain"),
    Case("tmux", "TERM=xterm tmux -L $$ -f /dev/null new-session -d 'echo inside > out; sleep 1' && sleep 2 && cat out; tmux -L $$ kill-server 2> /dev/null; true"),
    Case("lldb", "gcc -g $DATA/a.c -o a && lldb -b -o 'image lookup -n compare' -o 'image dump line-table a.c' a | wc -l"),
    Case("gdb runs", "gcc -g $DATA/a.c -o a && gdb -nx -q -batch -ex 'unset environment LD_PRELOAD' -ex 'break a.c:5' -ex run -ex 'bt 1' -ex 'delete' -ex c a 2>/dev/null | grep -vE 'Thread|Breakpoint|process'", program="gdb"),
    Case("gdbserver", "gcc -g $DATA/a.c -o a && gdbserver --once localhost:18489 env -u LD_PRELOAD ./a 1 2> /dev/null & sleep 1; gdb -nx -q -batch -ex 'target remote localhost:18489' -ex 'break a.c:5' -ex c -ex 'bt 1' -ex 'delete' -ex c a 2> /dev/null | grep -vE 'Thread|Breakpoint|process|Reading'; wait"),
    Case("qemu-x86_64", "gcc -static $DATA/a.c -o a && qemu-x86_64 ./a x"),
    Case("valgrind", "gcc -g $DATA/a.c -o a && valgrind -q ./a x 2>&1 | grep -v '^threadcheck: data races'"),
    Case("mold", "gcc -c $DATA/a.c -o a.o && gcc -B/usr/libexec/mold -c $DATA/a.c -o b.o && mold -run gcc a.o -o a && ./a 1"),
    Case("ccache", "CCACHE_DIR=$PWD/c ccache gcc -c $DATA/a.c -o a.o && CCACHE_DIR=$PWD/c ccache gcc -c $DATA/a.c -o b.o && cmp a.o b.o && CCACHE_DIR=$PWD/c ccache -s | grep -c Hits"),
    Case("z3", "z3 $DATA/a.smt2"),
    Case("minisat", "minisat -verb=0 $DATA/a.cnf out; cat out"),
    Case("stockfish", "/usr/games/stockfish bench 16 1 5 2>&1 | grep 'Nodes searched'", program="/usr/games/stockfish"),
    # Compressors with threads, parallel work
    Case("lbzip2", "lbzip2 -n 3 < $DATA/text | tee out | lbzip2 -n 3 -d | sha256sum", ["out"]),
    Case("plzip", "plzip -n 3 -B 65536 < $DATA/text | tee out | plzip -n 3 -d | sha256sum", ["out"]),
    Case("lrzip", "cp $DATA/text t && lrzip -Q -p 3 t && lrzip -Q -d -o u t.lrz && sha256sum u"),
    Case("parallel", "seq 1 8 | PARALLEL_HOME=$PWD parallel -k -j2 --will-cite echo {} squared"),
    Case("aria2c", server("(cd $DATA && exec python3 -m http.server -b 127.0.0.1 18480 2> /dev/null > /dev/null)", "curl -s http://127.0.0.1:18480/a.c",
                          "aria2c -q -x4 -k 1M http://127.0.0.1:18480/text && sha256sum text", "kill $server; wait $server; true")),
    # Further ones with threads
    Case("pixz", "pixz -p 4 -i $DATA/text -o out.xz && xz -dc out.xz | sha256sum && pixz -d -p 3 -i out.xz -o t && sha256sum t"),
    Case("zpaq", "zpaq add a.zpaq $DATA/text $DATA/other -threads 4 -method 2 > /dev/null 2>&1; mkdir e; zpaq extract a.zpaq -to e/ -threads 3 > /dev/null 2>&1; find e -name text | xargs sha256sum | cut -c1-64"),
    Case("qemu-img", "qemu-img create -q -f qcow2 a.qcow2 16M && qemu-io -f qcow2 -c 'aio_write -P 5 0 4M' -c 'aio_write -P 6 4M 4M' -c aio_flush a.qcow2 > /dev/null; qemu-img convert -m 4 -W -O raw a.qcow2 b.raw && sha256sum b.raw"),
    Case("borg", "export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes; borg init -e none r && borg create r::a $DATA && mkdir e && cd e && borg extract ../r::a && find . -name text | xargs sha256sum | cut -c1-64"),
    Case("restic", "export RESTIC_PASSWORD=x; restic -q -r r init && restic -q -r r backup $DATA && restic -q -r r restore latest --target e && find e -name text | xargs sha256sum | cut -c1-64"),
    Case("perl threads", "perl -Mthreads -Mthreads::shared -MThread::Queue -e 'my $n : shared = 0; my $q = Thread::Queue->new; my @t = map { threads->create(sub { while (defined(my $x = $q->dequeue)) { lock($n); $n += $x } }) } 1..6; $q->enqueue($_) for 1..3000; $q->end; $_->join for @t; print \"$n\\n\"'"),
    Case("ruby threads", "ruby -e 'm = Mutex.new; n = 0; q = Queue.new; t = 8.times.map { Thread.new { while x = q.pop; m.synchronize { n += x }; end } }; 5000.times { |i| q << i + 1 }; 8.times { q << nil }; t.each(&:join); puts n'"),
    # Image, sound, video
    Case("x264", "ffmpeg -v error -f lavfi -i testsrc=duration=1:size=160x120:rate=10 -pix_fmt yuv420p a.y4m && x264 --quiet --threads 2 -o out.264 a.y4m 2> /dev/null", ["out.264"]),
    Case("x265", "ffmpeg -v error -f lavfi -i testsrc=duration=1:size=160x120:rate=10 -pix_fmt yuv420p a.y4m && x265 --log-level none --pools 2 -F 2 a.y4m -o out.265", ["out.265"]),
    Case("aomenc and dav1d", "ffmpeg -v error -f lavfi -i testsrc=duration=1:size=96x64:rate=5 -pix_fmt yuv420p a.y4m && aomenc -q --threads=2 --cpu-used=6 a.y4m -o a.ivf --ivf && dav1d -q --threads 4 -i a.ivf -o out.y4m", ["a.ivf", "out.y4m"], program="aomenc"),
    Case("vpxenc", "ffmpeg -v error -f lavfi -i testsrc=duration=1:size=160x120:rate=10 -pix_fmt yuv420p a.y4m && vpxenc -q --threads=3 --cpu-used=5 a.y4m --ivf -o out.ivf", ["out.ivf"]),
    Case("gm", "gm convert $DATA/a.ppm -blur 2 -rotate 30 -resize 200% ppm:- | sha256sum"),
    Case("povray", "povray -D -W80 -H60 +A +WT1 -J +FP +Oout.ppm -GA $DATA/a.pov 2> /dev/null; wc -c < out.ppm"),
    Case("tesseract", "gs -q -dNOPAUSE -dBATCH -sDEVICE=pnggray -r150 -sOutputFile=a.png $DATA/a.ps && OMP_THREAD_LIMIT=2 tesseract a.png - 2> /dev/null"),
    Case("mpv", "ffmpeg -v error -f lavfi -i sine=duration=1 a.wav && mpv --no-config --really-quiet --ao=pcm --ao-pcm-file=out.wav --vo=null a.wav", ["out.wav"]),
    Case("exiftool", "cp $DATA/a.ppm . && convert a.ppm a.jpg && exiftool -Comment=x a.jpg && exiftool -s -Comment -ImageSize a.jpg"),
    # Network, sandboxes, load makers
    Case("tshark", "python3 -c \"import struct, sys; sys.stdout.buffer.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101) + b''.join(struct.pack('<IIII', i, 0, 20, 20) + bytes([69, 0, 0, 20, 0, i, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]) for i in range(20)))\" > a.pcap; tshark -n -r a.pcap -T fields -e ip.id -e ip.src 2> /dev/null"),
    Case("bwrap", "bwrap --ro-bind / / --proc /proc --dev /dev --unshare-pid sh -c 'echo in; python3 -c \"import threading; t = threading.Thread(target=print, args=(1,)); t.start(); t.join()\"'"),
    Case("sysbench", "sysbench --threads=4 --events=400 --time=0 mutex run | grep -E 'threads:|events:' | head -3"),
    Case("fio", "fio --name=x --thread --numjobs=2 --size=1m --rw=randwrite --verify=crc32c --minimal --output=o > /dev/null; echo $?"),
    # By time, and without --pthread: of a few operations 0.15 ends while it starts, alone, too, now and then
    # (a thread that is not joined uses its creator's stack; "could not create any pthreads" after the first one).
    Case("stress-ng", "stress-ng --quiet --mutex 2 --sem 2 --futex 2 --pipe 2 --futex-ops 200 --pipe-ops 200 -t 10; echo $?"),
    Case("iperf3", server("iperf3 -s -1 -B 127.0.0.1 -p 18485 > /dev/null", "grep -q ':4835 ' /proc/net/tcp", "iperf3 -c 127.0.0.1 -p 18485 -P 3 -n 4M > /dev/null; echo $?", "wait $server; echo $?")),
    # Servers under load
    Case("apache2", server("apache2 -d $PWD -f $DATA/apache.conf -DFOREGROUND", "curl -sf http://127.0.0.1:18481/a.c",
                           "ab -q -n 120 -c 8 -H 'Accept-Encoding: gzip' http://127.0.0.1:18481/text | grep -E 'Complete|Failed|Non-2xx'; curl -s http://127.0.0.1:18481/text | sha256sum")),
    Case("nginx", "mkdir t && ln -s $DATA data && " + server("nginx -p $PWD -c $DATA/nginx.conf", "curl -sf http://127.0.0.1:18482/a.c",
                         "ab -q -n 120 -c 8 http://127.0.0.1:18482/text | grep -E 'Complete|Failed|Non-2xx'; curl -s http://127.0.0.1:18482/text | sha256sum")),
    Case("haproxy", server("haproxy -f $DATA/haproxy.cfg", "curl -sf http://127.0.0.1:18483/x",
                           "ab -q -n 2000 -c 16 http://127.0.0.1:18483/y | grep -E 'Complete|Failed|Non-2xx'; curl -s http://127.0.0.1:18483/z")),
    Case("lighttpd", server("lighttpd -D -f $DATA/lighttpd.conf 2> /dev/null", "curl -sf http://127.0.0.1:18484/a.c",
                            "ab -q -n 120 -c 8 http://127.0.0.1:18484/text | grep -E 'Complete|Failed|Non-2xx'; curl -s http://127.0.0.1:18484/text | sha256sum")),
    Case("mosquitto", server("mosquitto -p 18486 2> /dev/null", "mosquitto_pub -p 18486 -t w -m x",
                             "mosquitto_sub -p 18486 -t t -C 50 > got & sub=$!; sleep 1; seq 1 50 | mosquitto_pub -p 18486 -t t -l; wait $sub; sha256sum got")),
    Case("mariadbd", "mkdir d && mariadb-install-db --no-defaults --user=root --datadir=$PWD/d --auth-root-authentication-method=normal > /dev/null 2>&1; " +
         server("mariadbd --no-defaults --user=root --datadir=$PWD/d --socket=$PWD/s --skip-networking 2> /dev/null", "mariadb-admin --no-defaults -u root -S $PWD/s ping",
                "mariadb --no-defaults -u root -S $PWD/s -e 'create database x; create table x.t (a int primary key, b varchar(9)) engine=innodb'; "
                "for k in 1 2 3 4; do (for i in $(seq 1 100); do echo \"insert into x.t values ($k$i + $k * 1000000, 'v$i');\"; done | mariadb --no-defaults -u root -S $PWD/s) & c=\"$c $!\"; done; wait $c; "
                "mariadb --no-defaults -u root -S $PWD/s -e 'select count(*), sum(a) from x.t; select b, count(*) from x.t group by b order by b limit 3'",
                "mariadb-admin --no-defaults -u root -S $PWD/s shutdown; wait $server; echo ended $?")),
    Case("postgres", "chmod 755 . && mkdir d && chown postgres d && p=$(ls -d /usr/lib/postgresql/*/bin | tail -1) && u='runuser -u postgres --' && env -u LD_PRELOAD $u $p/initdb -D d > /dev/null 2>&1; " +
         server("$u $p/postgres -D d -p 18487 -k $PWD/d 2> /dev/null", "psql -U postgres -h $PWD/d -p 18487 -c 'select 1'",
                "$u $p/pgbench -q -i -s 1 -h $PWD/d -p 18487 2> /dev/null; $u $p/pgbench -c 4 -j 2 -t 50 -h $PWD/d -p 18487 2> /dev/null | grep processed; "
                "psql -U postgres -h $PWD/d -p 18487 -Atc 'select count(*), sum(aid) from pgbench_accounts; set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; select bid % 3, count(*) from pgbench_accounts group by 1'",
                "$u $p/pg_ctl -D d -m fast stop > /dev/null; wait $server; echo ended $?")),
    Case("sshd", "ssh-keygen -q -t ed25519 -N '' -f h && ssh-keygen -q -t ed25519 -N '' -f k && cp k.pub a && mkdir -p /run/sshd && " +
         server("/usr/sbin/sshd -D -f /dev/null -h $PWD/h -p 18488 -o ListenAddress=127.0.0.1 -o AuthorizedKeysFile=$PWD/a -o StrictModes=no -o PidFile=none -o PermitRootLogin=yes 2> /dev/null", "ssh-keyscan -p 18488 127.0.0.1",
                "ssh -i k -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -q -p 18488 root@127.0.0.1 'echo inside; exit 3' < $DATA/text; echo $?", "kill $server; wait $server; true"),
         program="/usr/sbin/sshd"),
]
