package page_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page/api"
	"github.com/spectap/spectap/page/approvals"
	"github.com/spectap/spectap/page/call"
	"github.com/spectap/spectap/page/guard"
	"github.com/spectap/spectap/page/hub"
	"github.com/spectap/spectap/page/rules"
	"github.com/spectap/spectap/page/traffic"
	"github.com/spectap/spectap/page/wire"
)

var update = flag.Bool("update", false, "write the generated files")

// panels are all panels, to generate their clients from.
var panels = []wire.Panel{
	traffic.Panel(traffic.Config{}),
	api.Panel(api.Config{}),
	approvals.Panel(approvals.Config{}),
	call.Panel(call.Config{}),
	guard.Panel(guard.Config{}),
	hub.Panel(hub.Config{}),
	rules.Panel(rules.Config{}),
}

// The TypeScript clients of the panels are those of the Go definition. "make ui" writes them.
func TestTypeScript(t *testing.T) {
	for _, p := range panels {
		path := filepath.Join("web", "src", p.Name, "calls.gen.ts")
		want := typeScript(p)
		if *update {
			must.Do(t, os.WriteFile(path, []byte(want), 0o644))
		}
		have := must.Get(os.ReadFile(path))
		if string(have) != want {
			t.Errorf("%s is out of date: run make ui", path)
		}
	}
}
