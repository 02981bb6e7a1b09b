package attack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An agent writes no file outside of the folder, over no file, and none that others can read.
func TestDumpFiles(t *testing.T) {
	const tries = "lets start_proxy write its dump to a file of its choice"
	for _, name := range []string{
		"../out.mitm", "+../out.mitm", "sub/../../out.mitm", "link/out.mitm", "+link/out.mitm", "linked.mitm", "+linked.mitm", "ABS/out.mitm", "+ABS/out.mitm",
		"keep.har", "+keep.har", "fifo", "+fifo", ".", "+", "++x", "a\x00b", "/dev/null", "/proc/self/fd/1", "linked-new.mitm",
	} {
		try(t, strings.ReplaceAll(strings.ReplaceAll(name, "/", "|"), "\x00", "NUL"), tries, "nothing outside of the folder changes, and no file is replaced", func(a *attack) {
			files, secret := filepath.Join(a.dir, "files"), a.file("secret.txt", "kept")
			a.file("files/keep.har", "kept")
			for link, to := range map[string]string{"link": a.dir, "linked.mitm": secret, "linked-new.mitm": filepath.Join(a.dir, "out.mitm")} {
				if err := os.Symlink(to, filepath.Join(files, link)); err != nil {
					a.Fatal(err)
				}
			}
			mkfifo(a, filepath.Join(files, "fifo"))
			g := a.agent(legacy, []string{"mcp", "--db", a.capture(exchange{url: "https://api.example/a"}), "--ca-dir", filepath.Join(a.dir, "ca"),
				"--allow", "capture,import", "--files", files})
			r := g.call("start_proxy", object{"port": 0, "dump_file": strings.Replace(name, "ABS", a.dir, 1)})
			if strings.Contains(r.raw, "no response") {
				a.breach("it hangs")
			}
			g.call("stop_proxy", object{})
			g.service.stop()
			if _, err := os.Stat(filepath.Join(a.dir, "out.mitm")); err == nil {
				a.breach("a file was written outside of the folder: %s", r.raw)
			}
			if a.read(secret) != "kept" || a.read(filepath.Join(files, "keep.har")) != "kept" {
				a.breach("a file was changed: %s", r.raw)
			}
		})
	}
	try(t, "modes", "reads the dump of another user", "only its owner can", func(a *attack) {
		files := filepath.Join(a.dir, "files")
		a.file("files/x", "")
		u := a.upstream(nil)
		g := a.agent(legacy, []string{"mcp", "--db", a.capture(exchange{url: "https://api.example/a"}), "--ca-dir", filepath.Join(a.dir, "ca"), "--allow", "capture,import", "--files", files})
		r := g.fine("start_proxy", object{"port": 0, "dump_file": "new.mitm"})
		port := address.FindStringSubmatch(r.raw)
		if port == nil {
			a.Fatalf("no address in %s", r.raw)
		}
		resp, err := a.through("http://127.0.0.1:" + port[1]).Get(u.URL + "/a?api_key=" + plantedToken)
		if err != nil {
			a.Fatal(err)
		}
		resp.Body.Close()
		a.excluding("the result of stop_proxy", g.call("stop_proxy", object{}).raw, plantedToken)
		g.service.stop()
		info, err := os.Stat(filepath.Join(files, "new.mitm"))
		if err != nil {
			a.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			a.breach("the mode is %v", info.Mode())
		}
	})
}
