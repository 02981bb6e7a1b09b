package mcpconfig

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/internal/test/must"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden adds a server to the configurations in testdata, and removes it. Each archive is named
// after a client. Its files are CASE.before, and CASE.after and CASE.removed or CASE.error.
func TestGolden(t *testing.T) {
	for _, c := range Clients() {
		t.Run(c.ID, func(t *testing.T) {
			path := filepath.Join("testdata", c.ID+".txtar")
			archive := must.Get(txtar.ParseFile(path))
			files := map[string]string{}
			for _, f := range archive.Files {
				files[f.Name] = string(f.Data)
			}
			got := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				name, ok := strings.CutSuffix(f.Name, ".before")
				if !ok {
					continue
				}
				got.Files = append(got.Files, f)
				for _, x := range goldenCase(t, c, f.Data) {
					x.Name = name + x.Name
					if files[x.Name] != string(x.Data) && !*update {
						t.Errorf("%s:\n%s\nwant\n%s", x.Name, x.Data, files[x.Name])
					}
					got.Files = append(got.Files, x)
				}
			}
			if *update {
				must.Do(t, os.WriteFile(path, txtar.Format(got), 0o644))
			}
		})
	}
}

// goldenCase returns the outcome for one file.
func goldenCase(t *testing.T, c Client, before []byte) []txtar.File {
	t.Helper()
	e := &Environment{GOOS: "linux", Home: t.TempDir(), Getenv: func(string) string { return "" }}
	path := must.Get(c.File(e, User))
	write(t, path, string(before))
	s := &Server{Name: "spectap", Command: "/usr/bin/spectap", Args: []string{"mcp", "--db", "/data/my shop.db"}}
	if c.Refers() {
		s.Env = []string{"BEARER_TOKEN"}
	}
	ch, err := Add(&c, e, User, s)
	if err != nil {
		return []txtar.File{{Name: ".error", Data: []byte(err.Error() + "\n")}}
	}
	apply(t, ch)
	after := read(t, path)
	again, err := Add(&c, e, User, s)
	if err != nil || !again.Empty() || !again.Present {
		t.Errorf("adding again: %+v, %v", again, err)
	}
	ch = must.Get(Remove(&c, e, User, s.Name))
	apply(t, ch)
	removed := read(t, path)
	must.Get(Remove(&c, e, User, s.Name))
	return []txtar.File{{Name: ".after", Data: []byte(after)}, {Name: ".removed", Data: []byte(removed)}}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must.Do(t, errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)))
}

func read(t *testing.T, path string) string {
	t.Helper()
	data := must.Get(os.ReadFile(path))
	return string(data)
}

func apply(t *testing.T, c *Change) {
	t.Helper()
	before := read(t, c.Path)
	backup := must.Get(c.Apply(t.Context()))
	if got := read(t, backup); got != before {
		t.Errorf("the backup has %q, want %q", got, before)
	}
	if !bytes.Equal(c.after, []byte(read(t, c.Path))) {
		t.Error("the file is not what was planned")
	}
}
