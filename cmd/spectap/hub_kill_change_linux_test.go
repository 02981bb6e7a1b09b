//go:build !nohub

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// importSome starts an import into the hub, and sometimes another that is killed before its commit.
// The returned function waits for the first import and repeats it into the local store.
func (w *hubWorld) importSome() (wait func()) {
	w.t.Helper()
	if w.rand.IntN(3) > 0 {
		return func() {}
	}
	const flows = 300 // more than a block
	file := func(kind string) string {
		var paths []string
		for range flows {
			w.sent++
			paths = append(paths, fmt.Sprintf("/%s/%d?n=%d", kind, w.sent%97, w.sent))
		}
		name := filepath.Join(w.dir, fmt.Sprintf("%s-%d.har", kind, w.sent))
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(harOf(paths), "https://shop.example", w.api.URL)), 0o600); err != nil {
			w.t.Fatal(err)
		}
		return name
	}
	name := file("imports")
	whole := w.reader("import", "--db", w.address, "--wait", name)
	var out strings.Builder
	whole.Stdout, whole.Stderr = &out, &out
	noError(w.t, whole.Start())
	kill := w.importAndKill(file("never"))
	w.sent -= flows
	return func() {
		kill()
		if err := whole.Wait(); err != nil {
			w.t.Errorf("import: %v\n%s", err, out.String())
		}
		w.spectap("import", "--db", filepath.Join(w.dir, "local.db"), name)
	}
}

// importAndKill starts an import that cannot reach its commit, because its second file is a pipe
// without a writer, and returns a function that kills it.
func (w *hubWorld) importAndKill(name string) (kill func()) {
	w.t.Helper()
	pipe := name + ".pipe"
	noError(w.t, syscall.Mkfifo(pipe, 0o600))
	end := must(os.OpenFile(pipe, os.O_RDWR, 0))
	cmd := w.reader("import", "--db", w.address, "--wait", name, pipe)
	noError(w.t, cmd.Start())
	return func() {
		time.Sleep(time.Duration(w.rand.IntN(500)) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		end.Close()
	}
}

// deleteSome deletes flows at the hub and in the local store.
func (w *hubWorld) deleteSome(local string) {
	w.t.Helper()
	const filter = "path:/users"
	got := w.spectapBoth("flows", "rm", "--db", w.address, "--wait", filter)
	if want := w.spectapBoth("flows", "rm", "--db", local, filter); !strings.HasSuffix(got, want) || strings.Contains(want, "removed 0") {
		w.t.Errorf("flows rm at the hub: %s, want %s", got, want)
	}
}

// awaitRelearned waits until the workers have models of the remaining flows, equal to those of the
// local store.
func (w *hubWorld) awaitRelearned() {
	w.t.Helper()
	for start := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		found := ""
		for _, p := range w.workers {
			db := filepath.Join(p.args[len(p.args)-1], "flows.db")
			if out := w.spectap("flows", "ls", "--db", db, "path:/users"); out != "" {
				found = p.name + " has\n" + out
			}
		}
		if found == "" {
			return
		}
		if time.Since(start) > time.Minute {
			w.t.Errorf("after the deletion, %.500s", found)
			return
		}
	}
}
