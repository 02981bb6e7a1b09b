package serve

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/store"
)

// keeper is a store that deletes nothing.
type keeper struct{ store.Store }

func (keeper) Delete(context.Context, store.Query) (int, error) { return 0, errors.New("no room") }

// TestImportInto checks which flows the store has after an import: those in scope in addition to
// the older ones or in their place, and only the older ones after a failure.
func TestImportInto(t *testing.T) {
	exchange := func(host string) flow.Flow {
		return flow.Flow{ID: flow.NewID(), Done: true, Started: time.Now(), Request: flow.Request{Method: "GET", Scheme: "http", Authority: host, Path: "/"}}
	}
	broken := errors.New("broken")
	for _, tt := range []struct {
		name           string
		read, checked  error // of the file
		until          flow.Seq
		keeps          bool // the store deletes nothing
		hosts          string
		fails          string
		flows, skipped int
		deleted        int
	}{
		{name: "beside", hosts: "old.example old.example new.example", flows: 1, skipped: 1},
		{name: "in their place", until: 2, hosts: "new.example", flows: 1, skipped: 1, deleted: 2},
		{name: "in the place of one", until: 1, hosts: "old.example new.example", flows: 1, skipped: 1, deleted: 1},
		{name: "a broken file", read: broken, until: 2, hosts: "old.example old.example", fails: "nothing was imported: broken"},
		{name: "another file", checked: broken, until: 2, hosts: "old.example old.example", fails: "broken"},
		{name: "nothing is deleted", until: 2, keeps: true, hosts: "old.example old.example new.example",
			fails: "the file was imported, but the older flows were not deleted: no room", flows: 1, skipped: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := must.Get(store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true}))
			defer db.Close()
			must.Get(db.Append(t.Context(), exchange("old.example"), exchange("old.example")))
			var st store.Store = db
			if tt.keeps {
				st = keeper{db}
			}
			flows := func(yield func(flow.Flow, error) bool) {
				_ = yield(exchange("new.example"), nil) && yield(exchange("other.example"), nil) && tt.read != nil && yield(flow.Flow{}, tt.read)
			}
			request := mcptools.ImportRequest{Until: tt.until, InScope: func(host string) bool { return host != "other.example" }}
			out, err := importInto(t.Context(), st, flows, request, func() error { return tt.checked })
			if (err == nil) != (tt.fails == "") || err != nil && err.Error() != tt.fails {
				t.Errorf("error %v, want %s", err, tt.fails)
			}
			if out.Flows != tt.flows || out.Skipped != tt.skipped || out.Deleted != tt.deleted {
				t.Errorf("imported %+v", out)
			}
			var hosts []string
			for f, err := range db.Scan(t.Context(), store.Query{}) {
				if err != nil {
					t.Fatal(err)
				}
				hosts = append(hosts, f.Request.Authority)
			}
			if got := strings.Join(hosts, " "); got != tt.hosts {
				t.Errorf("the store has %s, want %s", got, tt.hosts)
			}
		})
	}
}
