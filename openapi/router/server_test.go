package router_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// TestHosts collects the hosts of all servers in a document. A variable with any value makes any
// host, unless its default counts.
func TestHosts(t *testing.T) {
	const document = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[SERVER,{"url":"https://b.example/v1"}],"paths":{
		"/plain":{"get":{"responses":{}}},
		"/path":{"servers":[{"url":"https://path.example"}],"get":{"responses":{}}},
		"/op":{"get":{"servers":[{"url":"https://op.example"},{"url":"https://b.example"}],"responses":{}}}}}`
	for _, tt := range []struct {
		name, server   string
		hosts, usually []string // nil for any
	}{
		{"fixed", `{"url":"https://a.example"}`, []string{"a.example", "b.example", "op.example", "path.example"}, []string{"a.example", "b.example", "op.example", "path.example"}},
		{"variable with values", `{"url":"https://{r}.example","variables":{"r":{"default":"eu","enum":["eu","us"]}}}`,
			[]string{"b.example", "eu.example", "op.example", "path.example", "us.example"}, []string{"b.example", "eu.example", "op.example", "path.example", "us.example"}},
		{"variable with any value", `{"url":"https://{r}.example","variables":{"r":{"default":"eu"}}}`,
			nil, []string{"b.example", "eu.example", "op.example", "path.example"}},
		{"relative", `{"url":"/api"}`, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := openapi.Load([]byte(strings.Replace(document, "SERVER", tt.server, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if got := router.Hosts(doc); !slices.Equal(got, tt.hosts) || (got == nil) != (tt.hosts == nil) {
				t.Errorf("hosts %q, want %q", got, tt.hosts)
			}
			if got := router.DefaultHosts(doc); !slices.Equal(got, tt.usually) || (got == nil) != (tt.usually == nil) {
				t.Errorf("by default %q, want %q", got, tt.usually)
			}
		})
	}
}
