package overrides

import (
	"bytes"
	"context"
	"slices"

	"github.com/aymanbagabas/go-udiff"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/openapi"
)

// Previewer returns a document as it would be with corrections.
type Previewer func(*correction.Corrections) (*catalog.Document, error)

// Effect is what a change does to a document.
type Effect struct {
	// Diff is that of the documents as YAML, in the unified format; "" if they are equal.
	Diff string
	// Misfits are corrections that fit with the first corrections or are new, and fit no longer.
	Misfits []correction.Misfit
}

// Compare returns what changes in a document when other corrections apply.
func Compare(ctx context.Context, preview Previewer, before, after *correction.Corrections) (Effect, error) {
	a, err := preview(before)
	if err != nil {
		return Effect{}, err
	}
	b, err := preview(after)
	if err != nil {
		return Effect{}, err
	}
	var texts [2]bytes.Buffer
	for i, d := range []*catalog.Document{a, b} {
		if err := openapi.Encode(&texts[i], d.OpenAPI, openapi.YAML); err != nil {
			return Effect{}, err
		}
	}
	var out Effect
	out.Diff = LineDiff("document", texts[0].Bytes(), texts[1].Bytes())
	old := map[correction.Misfit]bool{}
	for _, m := range a.Decided.Unmatched {
		old[m] = true
	}
	for _, m := range b.Decided.Unmatched {
		if !old[m] {
			out.Misfits = append(out.Misfits, m)
		}
	}
	return out, ctx.Err()
}

// LineDiff returns the difference of two texts of a file in the unified format, "" if they are
// equal.
func LineDiff(path string, before, after []byte) string {
	return udiff.Unified(path, path, string(before), string(after))
}

// Misfits returns the corrections that fit none of the documents that concern them, with the
// reason, by the names of [Entry]. document returns the document of a host.
func Misfits(hosts []string, have *correction.Corrections, document func(host string) (*catalog.Document, error)) (map[string]string, error) {
	count := map[string]int{}
	reasons := map[string]string{}
	for _, h := range hosts {
		d, err := document(h)
		if err != nil {
			return nil, err
		}
		for _, m := range d.Decided.Unmatched {
			count[m.Key]++
			reasons[m.Key] = m.Reason
		}
	}
	out := map[string]string{}
	for _, e := range List(have) {
		switch concerned := len(hosts); {
		case e.Host != "" && !slices.Contains(hosts, e.Host):
			out[e.Name] = "no captured flow has this host"
		default:
			if e.Host != "" {
				concerned = 1
			}
			if count[e.Name] >= concerned && concerned > 0 {
				out[e.Name] = reasons[e.Name]
			}
		}
	}
	return out, nil
}
