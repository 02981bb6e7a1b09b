package bundle_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/bundle"
)

// TestBudget bundles documents whose files have no end, or grow: each ends with an error that says
// which limit was reached, or with a problem. Where it says so, the limits are the usual ones.
func TestBudget(t *testing.T) {
	const head = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n"
	endless := func(_ context.Context, u *url.URL) ([]byte, error) {
		var n int
		fmt.Sscanf(u.Path, "/%d.yaml", &n)
		return fmt.Appendf(nil, "type: object\nproperties: {next: {$ref: %d.yaml}}\n", n+1), nil
	}
	hundredth := bundle.UsualLimits()
	hundredth.Files, hundredth.Bytes, hundredth.Nodes = hundredth.Files/100, hundredth.Bytes/100, hundredth.Nodes/100
	for name, x := range map[string]struct {
		document string
		read     bundle.Source
		limits   bundle.Limits
	}{
		"a chain of files": {"  /a: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {$ref: 1.yaml}}}}}}}\n", endless, hundredth},
		"a reference to itself": {"  /a: {$ref: 1.yaml}\n", func(context.Context, *url.URL) ([]byte, error) {
			return []byte("$ref: 1.yaml\n"), nil
		}, hundredth},
		"large files of usual limits": {"  /a: {$ref: 1.yaml}\n", func(context.Context, *url.URL) ([]byte, error) {
			return make([]byte, bundle.UsualLimits().Bytes+1), nil
		}, bundle.Limits{}},
		"aliases of aliases": {"  /a: {$ref: 1.yaml}\n", func(context.Context, *url.URL) ([]byte, error) {
			var b strings.Builder
			b.WriteString("a0: &a0 {b: c}\n")
			for i := range 40 {
				fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
			}
			return []byte(b.String()), nil
		}, hundredth},
		"parts that double": {"  /a: {$ref: 0.yaml}\n", func(_ context.Context, u *url.URL) ([]byte, error) {
			var n int
			fmt.Sscanf(u.Path, "/%d.yaml", &n)
			return fmt.Appendf(nil, "x-a: {$ref: %d.yaml}\nx-b: {$ref: %d.yaml}\n", n+1, n+1), nil
		}, hundredth},
	} {
		r, err := bundle.Document(t.Context(), []byte(head+x.document), bundle.Config{Name: "d.yaml", URI: &url.URL{Scheme: "file", Path: "/d.yaml"}, Read: x.read, Limits: x.limits})
		switch {
		case err != nil && !errors.Is(err, openapi.ErrTooMuch):
			t.Errorf("%s: %v", name, err)
		case err == nil && len(r.Problems) == 0:
			t.Errorf("%s: no problem in %d bytes of %d files", name, len(r.Text), r.Files)
		}
	}
}
