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
]
