package mcpconfig

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/internal/test/must"
)

// FuzzEdit edits any text: what can be parsed keeps everything but the entry, and can be parsed
// again.
func FuzzEdit(f *testing.F) {
	all, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(all) == 0 {
		f.Fatal(all, err)
	}
	for _, path := range all {
		archive := must.Get(txtar.ParseFile(path))
		for _, x := range archive.Files {
			if strings.HasSuffix(x.Name, ".before") {
				f.Add(x.Data, strings.Contains(path, "codex"))
			}
		}
	}
	f.Add([]byte(`{"servers":{"spectap":{"args":[1,/**/],}/*,*/,/*,*/"b":{}}}`), false)
	f.Add([]byte("a = '''\n''''\n[mcp_servers.spectap]\nargs=[\n#]\n]"), true)
	f.Fuzz(func(t *testing.T, text []byte, inTOML bool) {
		c, _ := Find("vscode")
		if inTOML {
			c, _ = Find("codex")
		}
		old, err := c.decode(text)
		if err != nil {
			return
		}
		s := &Server{Name: "spectap", Command: "spectap", Args: []string{"mcp"}, Env: []string{"A"}}
		for _, edit := range []func([]byte) ([]byte, error){
			func(b []byte) ([]byte, error) { return c.edited(b, s) },
			func(b []byte) ([]byte, error) { return c.removed(b, s.Name) },
		} {
			after, err := edit(text)
			if err != nil {
				continue
			}
			changed, err := c.decode(after)
			if inTOML {
				continue // these edits cannot do everything; plan refuses the rest
			}
			if err != nil {
				t.Fatalf("%q becomes %q: %v", text, after, err)
			}
			if !reflect.DeepEqual(c.others(old, s.Name), c.others(changed, s.Name)) {
				t.Fatalf("%q becomes %q", text, after)
			}
		}
	})
}
