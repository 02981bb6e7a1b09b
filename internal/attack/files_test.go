package attack

import (
	"bytes"
	encoding "encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that a command reads has no end, or changes under it (threats 13 and 14).
func TestFilesWithoutEnd(t *testing.T) {
	const tries = "puts a FIFO, a device or an endless file where a command reads"
	const holds = "the command ends with an error and little memory"
	ends := func(a *attack, o outcome) {
		if o.endless || o.status == 0 || o.peak > 1500 {
			a.breach("status %d, endless %t, %d MiB: %.300s", o.status, o.endless, o.peak, o.stderr)
		}
	}
	for _, c := range []struct{ name, at, command string }{
		{"configuration in the folder", ".spectap.yaml", "flows ls"}, {"configuration above", "../.spectap.yaml", "flows ls"},
		{"corrections beside the store", "spectap.overrides.yaml", "export"},
	} {
		for kind, make := range map[string]func(a *attack, path string){
			"FIFO":   mkfifo,
			"device": func(a *attack, path string) { link(a, "/dev/zero", path) },
			"large": func(a *attack, path string) {
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					a.Fatal(err)
				}
				if err := os.Truncate(path, 8<<30); err != nil {
					a.Fatal(err)
				}
			},
		} {
			try(t, c.name+"/"+kind, tries, holds, func(a *attack) {
				top := a.dir
				a.dir = filepath.Join(top, "below")
				db := a.capture(exchange{url: "https://api.example/a"})
				make(a, filepath.Join(a.dir, c.at))
				ends(a, a.spectap(append(strings.Fields(c.command), "--db", db)...))
			})
		}
	}
	for _, args := range []string{
		"validate X", "lint X", "diff X X", "doc X", "filter X --tag a", "check X", "verify X", "serve X", "export --into X", "export --overrides X",
		"flows ls --config X", "policy check X", "gateway --policy X -- true",
	} {
		try(t, args, tries, holds, func(a *attack) {
			db := a.capture(exchange{url: "https://api.example/a"})
			ends(a, a.spectap(append(strings.Fields(strings.ReplaceAll(args, "X", "/dev/zero")), "--db", db)...))
		})
	}
}

func link(a *attack, to, path string) {
	a.Helper()
	if err := os.Symlink(to, path); err != nil {
		a.Fatal(err)
	}
}

// A store that somebody prepared is data (threat 14).
func TestPreparedStores(t *testing.T) {
	const tries = "prepares a store that another person opens"
	const holds = "no command crashes, hangs or takes much memory"
	commands := [][]string{{"flows", "ls", "status:200"}, {"flows", "show", "1"}, {"export", "--merge-hosts"}, {"store", "verify"}, {"flows", "rm", "path:/none"}, {"mcp"}}
	read := func(a *attack, db string) {
		for _, args := range commands {
			o := a.spectap(append(args, "--db", db)...)
			if o.endless || o.peak > 1500 || strings.Contains(o.stderr, "goroutine ") && strings.Contains(o.stderr, "fatal error") {
				a.breach("%v: status %d, endless %t, %d MiB: %.300s", args, o.status, o.endless, o.peak, o.stderr)
			}
		}
	}
	var list []exchange
	for i := range 1500 {
		list = append(list, exchange{url: fmt.Sprintf("https://api%d.example/items/%d?x=%d", i%3, i%50, i)})
	}
	const page = 16 << 10
	damage := map[string]func(r *rand.Rand, b []byte){
		"bits": func(r *rand.Rand, b []byte) {
			for range 1 + r.IntN(20) {
				b[r.IntN(len(b))] ^= 1 << r.IntN(8)
			}
		},
		"pages exchanged": func(r *rand.Rand, b []byte) {
			x, y := b[page*r.IntN(len(b)/page):][:page], b[page*r.IntN(len(b)/page):][:page]
			z := bytes.Clone(x)
			copy(x, y)
			copy(y, z)
		},
		"references beyond the file": func(r *rand.Rand, b []byte) {
			ne := encoding.NativeEndian
			for at := 2 * page; at+page <= len(b); at += page {
				if ne.Uint16(b[at+8:]) == 1 { // a branch page
					ne.PutUint64(b[at+24:], []uint64{60_000, 1 << 40, 1<<64 - 1, 0, 2}[r.IntN(5)])
				}
			}
		},
		"lengths": func(r *rand.Rand, b []byte) {
			for at := 2 * page; at+page <= len(b); at += page {
				encoding.NativeEndian.PutUint32(b[at+16+4*r.IntN(40):], r.Uint32())
			}
		},
	}
	for name, change := range damage {
		for seed := range uint64(4) {
			run := try
			if seed > 0 {
				run = trySlow
			}
			run(t, fmt.Sprint(name, " ", seed), tries, holds, func(a *attack) {
				db := a.capture(list...)
				data := []byte(a.read(db))
				used := bytes.TrimRight(data, "\x00")
				change(rand.New(rand.NewPCG(seed, 1)), data[:min(len(data), (len(used)/page+1)*page)])
				read(a, a.file("prepared.db", string(data)))
			})
		}
	}
	try(t, "copies that are links", "puts links where interrupted copies of the store would be", "only the links are removed", func(a *attack) {
		db, secret := a.capture(exchange{url: "https://api.example/a"}), a.file("secret.txt", "kept")
		link(a, secret, filepath.Join(a.dir, ".flows.db.1.compact"))
		link(a, a.dir, filepath.Join(a.dir, ".flows.db.2.snapshot"))
		a.must("flows", "rm", "--db", db, "path:/none")
		if a.read(secret) != "kept" {
			a.breach("a file behind a link was changed")
		}
	})
}
