package api

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/page/wire"
)

// someHosts is a catalog that lists more hosts than it has documents for.
type someHosts struct {
	Documents
	hosts []infer.HostSummary
	err   error
}

func (d someHosts) Hosts(context.Context, time.Duration) ([]infer.HostSummary, error) {
	return d.hosts, d.err
}

// TestCorrectionsOfOneHost limits a correction to the API that the person looks at, if there are
// several.
func TestCorrectionsOfOneHost(t *testing.T) {
	for _, tt := range []struct {
		hosts []infer.HostSummary
		want  string
	}{
		{[]infer.HostSummary{{Authority: host, Operations: 1}}, ""},
		{[]infer.HostSummary{{Authority: host, Operations: 1}, {Authority: "static.example", Operations: 0}}, ""},
		{[]infer.HostSummary{{Authority: host, Operations: 1}, {Authority: "other.example", Operations: 1}}, host},
	} {
		p := openFile(t)
		p.Documents = someHosts{p.Documents, tt.hosts, nil}
		got, err := p.correct(t.Context(), Correction{Host: host, Kind: overrides.Title, To: "Shop"})
		if err != nil || got.Path != p.Corrections.Path || got.Version == "" || got.Host != host || !strings.Contains(got.Diff, "Shop") || got.Cut {
			t.Fatalf("%+v, %v", got, err)
		}
		list, err := p.corrections(t.Context(), wire.None{})
		if err != nil || len(list.Entries) != 1 || list.Entries[0].Limit != tt.want || list.Entries[0].Misfit != "" || list.Path != got.Path || list.Version != got.Version || list.Version != p.version() {
			t.Errorf("of %d hosts: %+v, %v", len(tt.hosts), list, err)
		}
		e := list.Entries[0]
		removed, err := p.remove(t.Context(), Removal{Host: host, Version: list.Version, Section: e.Section, Key: e.Key, Limit: e.Limit})
		if err != nil || !strings.Contains(removed.Diff, "-  title: Shop") {
			t.Errorf("%+v, %v", removed, err)
		}
	}
	p := openFile(t)
	broken := errors.New("the store is closed")
	p.Documents = someHosts{p.Documents, nil, broken}
	if _, err := p.correct(t.Context(), Correction{Host: host, Kind: overrides.Title, To: "Shop"}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := p.corrections(t.Context(), wire.None{}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
