package router_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// TestCostlyServers checks that servers, their variables and paths do not take the product of each
// other.
func TestCostlyServers(t *testing.T) {
	servers := func(n int, form string) string {
		var all []string
		for i := range n {
			all = append(all, strings.ReplaceAll(form, "N", strconv.Itoa(i)))
		}
		return strings.Join(all, ",")
	}
	long := strings.Repeat("x", router.MaxServerURL)
	for _, tt := range []struct {
		name, servers string
		paths         int
		prefix        string // of the first server
		err           error
	}{
		{"hosts", servers(2000, `{"url":"https://hN.example"}`), 2000, "", nil},
		{"prefixes", servers(1000, `{"url":"https://a.example/N"}`), 1000, "/0", router.ErrTooMuch},
		{"long prefixes", servers(10, `{"url":"https://a.example/N`+strings.Repeat("/a", 2000)+`"}`), 200, "/0" + strings.Repeat("/a", 2000), router.ErrTooMuch},
		{"values", `{"url":"/` + strings.Repeat("{a}", 2000) + `","variables":{"a":{"default":"` + long + `"}}}`, 1, "/" + strings.Repeat("%7Ba%7D", 2000), nil},
		{"variables", `{"url":"/` + strings.Repeat("{a}", 1000) + `","variables":{` + servers(20_000, `"vN":{"default":"x","enum":["x","y"]}`) + `,"a":{"default":"b"}}}`, 1, "/" + strings.Repeat("b", 1000), nil},
		{"choices", `{"url":"/{a}-{b}{","variables":{"a":{"default":"2","enum":["1","2"]},"b":{"default":"y","enum":["{a}","y"]}}}`, 1, "/1-%7Ba%7D%7B", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() && slices.Contains([]string{"prefixes"}, tt.name) {
				t.Skip("a quicker row has the same bound")
			}
			doc := must.Get(openapi.Load([]byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[` + tt.servers + `],"paths":{` +
				servers(tt.paths, `"/pN":{"get":{"responses":{}}}`) + `}}`)))
			if got := router.Prefix(doc.Servers); got != tt.prefix {
				t.Errorf("prefix %.60q of %d bytes, want %.60q of %d", got, len(got), tt.prefix, len(tt.prefix))
			}
			r, err := router.New(doc)
			if err != tt.err {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err == nil {
				if _, ok := r.FindPath("GET", "", tt.prefix+"/p0"); !ok {
					t.Error("no operation is found")
				}
			}
		})
	}
}

// TestServerVariables checks that a server variable without an enum matches any value, and that the
// prefix of a match is that of the request.
func TestServerVariables(t *testing.T) {
	for _, tt := range []struct{ url, request, prefix string }{
		{"https://api.example.com/{version}", "https://api.example.com/v1/pets/1", "/v1"},
		{"https://api.example.com/{version}", "https://api.example.com/v2/pets/1", "/v2"},
		{"https://api.example.com/{version}", "https://api.example.com/a%20b/v2/pets/1", "/a%20b/v2"},
		{"https://api.example.com/{version}", "https://api.example.com/pets/1", "-"},
		{"https://api.example.com/{version}", "https://other.example.com/v2/pets/1", "-"},
		{"https://api.example.com/x/v{version}", "https://api.example.com/x/v7/pets/1", "/x/v7"},
		{"https://api.example.com/x/v{version}", "https://api.example.com/x/7/pets/1", "-"},
		{"https://api.example.com/{known}", "https://api.example.com/b/pets/1", "/b"},
		{"https://api.example.com/{known}", "https://api.example.com/c/pets/1", "-"},
		{"https://{host}:{port}/{version}", "http://localhost:99/v3/pets/1", "/v3"},
		{"{scheme}://api.example.com/{version}", "http://api.example.com/v3/pets/1", "/v3"},
		{"{scheme}://api.example.com/{version}", "http://other.example.com/v3/pets/1", "-"},
		{"{base}/api", "https://other.example.com/api/pets/1", "/api"},
		{"{base}/api", "https://other.example.com/x/y/api/pets/1", "/x/y/api"},
	} {
		doc := must.Get(openapi.Load([]byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"` + tt.url + `","variables":{
			"version":{"default":"v1"},"host":{"default":"h"},"port":{"default":"80"},"scheme":{"default":"https"},
			"base":{"default":"https://b.example/b"},"known":{"default":"a","enum":["a","b"]}}}],
			"paths":{"/pets/{id}":{"get":{"parameters":[{"name":"id","in":"path","required":true,"schema":{}}],"responses":{}}}}}`)))
		r := must.Get(router.New(doc))
		u := must.Get(url.Parse(tt.request))
		switch m, ok := r.FindPath("GET", hostOf(tt.request), u.EscapedPath()); {
		case ok != (tt.prefix != "-"):
			t.Errorf("%s, %s: found %t", tt.url, tt.request, ok)
		case ok && (m.Prefix != tt.prefix || len(m.Params) != 1 || m.Params["id"] != "1"):
			t.Errorf("%s, %s: prefix %q, parameters %q", tt.url, tt.request, m.Prefix, m.Params)
		}
	}
}
