package capture

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
)

// TestDocumentedConfig loads the example of docs/redaction.md.
func TestDocumentedConfig(t *testing.T) {
	doc := must.Get(os.ReadFile("../../../../docs/redaction.md"))
	_, example, ok := strings.Cut(string(doc), "```yaml\n")
	if !ok {
		t.Fatal("no example")
	}
	example, _, _ = strings.Cut(example, "```")
	path := filepath.Join(t.TempDir(), "c.yaml")
	must.Do(t, os.WriteFile(path, []byte(example), 0o600))
	rules := "[[rules]]\nid = \"acme\"\nregex = 'ACME[0-9]{6}'\nkeywords = [\"acme\"]\n"
	must.Do(t, os.WriteFile(filepath.Join(filepath.Dir(path), "rules.toml"), []byte(rules), 0o600))
	t.Setenv(cli.ConfigEnv, path)
	c := must.Get(cli.LoadConfig(""))
	if len(c.Redact) != strings.Count(example, "\n  - ") {
		t.Errorf("%d rules read: %+v", len(c.Redact), c.Redact)
	}
}

// TestDocumentedProxyConfig loads the examples of docs that are about the proxy, and applies them.
func TestDocumentedProxyConfig(t *testing.T) {
	for _, name := range []string{"configuration.md", "migrate.md"} {
		doc := must.Get(os.ReadFile("../../../../docs/" + name))
		_, example, _ := strings.Cut(string(doc), "```yaml\n")
		example, _, _ = strings.Cut(example, "```")
		path := filepath.Join(t.TempDir(), "c.yaml")
		must.Do(t, os.WriteFile(path, []byte(example), 0o600))
		t.Setenv(cli.ConfigEnv, path)
		p, o := &cli.Program{}, &TapOptions{}
		if err := SetAddress(p, o); err != nil || o.Listen != "127.0.0.1:8080" {
			t.Errorf("%s: address %q, %v", name, o.Listen, err)
		}
		skip, err := Skipping(p, o)
		if err != nil || skip == nil {
			t.Fatalf("%s: %v", name, err)
		}
		for path, want := range map[string]bool{"/a.css": true, "/a.json": false} {
			got, decided := skip(&flow.Flow{Request: flow.Request{Method: "GET", Path: path}}, false)
			if got != want || !decided {
				t.Errorf("%s: %s: skip %v, decided %v", name, path, got, decided)
			}
		}
	}
}

// TestProxyFlags checks the configuration of the proxy that flags give.
func TestProxyFlags(t *testing.T) {
	for args, want := range map[string]time.Duration{
		"": capture.DefaultMaxWait, "--max-wait 7s": 7 * time.Second, "--max-wait 7s --lossy": -1,
	} {
		var o TapOptions
		cmd := new(cobra.Command)
		o.AddFlags(cmd)
		must.Do(t, cmd.ParseFlags(strings.Fields(args)))
		if q := o.queue(nil, nil); q.MaxWait != want {
			t.Errorf("%q: wait %v", args, q.MaxWait)
		}
	}
}
