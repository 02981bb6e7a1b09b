package call

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/store/storetest"
)

// A credential that no longer exists or belongs to another API is not sent.
func TestChosenCredentials(t *testing.T) {
	db := storetest.NewMemory()
	for i, authority := range []string{"a.example", "b.example", "a.example"} {
		f := flow.Flow{ID: flow.NewID(), Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: authority, Path: "/"}}
		if i < 2 {
			f.Request.Header = flow.Header{{Name: "X-Key", Value: "key of " + authority}}
		}
		must.Get(db.Append(t.Context(), f))
	}
	key := &openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Key"}
	form := spectools.Form{Origin: "https://a.example", Security: [][]spectools.Scheme{{{Name: "key", SecurityScheme: key}}}}
	env := map[string]string{}
	p := &panel{Config: Config{Store: db, Redact: redact.New(nil, redact.Config{}), Environment: credential.Environment{NamedOnly: true, Get: func(n string) string { return env[n] }}}}
	const gone = "this credential is no longer there"
	for _, x := range []struct{ id, want, fails string }{
		{"", "", ""}, {"flow:1", "key of a.example", ""}, {"flow:2", "", "the credential of flow 2 is for https://b.example"}, {"flow:3", "", gone}, {"flow:9", "", gone},
		{"flow:x", "", gone}, {"other", "", gone}, {"environment", "", gone},
	} {
		got, _, err := p.credentials(t.Context(), form, x.id)
		value := ""
		for _, c := range got {
			value += c.Value
		}
		if (err != nil) != (x.fails != "") || err != nil && !strings.Contains(err.Error(), x.fails) || value != x.want {
			t.Errorf("%q: %v, %v", x.id, got, err)
		}
	}
	choices := func() (ids []string) {
		all := must.Get(p.choices(t.Context(), "a.example", form))
		for _, c := range all {
			ids = append(ids, c.ID)
		}
		return ids
	}
	if got := choices(); len(got) > 0 {
		t.Errorf("choices %q", got)
	}
	env[credential.Variable("key")] = "key of a variable"
	if got := choices(); !slices.Equal(got, []string{"environment"}) {
		t.Errorf("choices with a variable %q", got)
	}
	if got, _, err := p.credentials(t.Context(), form, "environment"); err != nil || len(got) != 1 || got[0].Value != "key of a variable" {
		t.Errorf("%v, %v", got, err)
	}
}
