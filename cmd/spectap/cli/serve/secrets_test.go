package serve

import (
	"maps"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// TestCallerCredentials checks which header of a caller is for which scheme.
func TestCallerCredentials(t *testing.T) {
	for _, tt := range []struct {
		name  string
		flags []string
		want  credential.Caller // nil: refused, unless there are no flags
	}{
		{"none", nil, nil},
		{"header of the scheme", []string{"key"}, credential.Caller{"key": "X-Upstream-key"}},
		{"scheme of one document", []string{"/shop/key"}, credential.Caller{"/shop/key": "X-Upstream-key"}},
		{"named header", []string{"key=X-Key"}, credential.Caller{"key": "X-Key"}},
		{"two", []string{"key", "/bank/key=X-Bank"}, credential.Caller{"key": "X-Upstream-key", "/bank/key": "X-Bank"}},
		{"no scheme", []string{"=X-Key"}, nil},
		{"no header", []string{"key="}, nil},
		{"space", []string{"key=X Key"}, nil},
		{"line", []string{"key=X-Key\r\nX-Other"}, nil},
		{"value", []string{"key=X-Key: 1"}, nil},
		{"space in the scheme", []string{"a key"}, nil},
		{"header of the server's own token", []string{"key=authorization"}, nil},
		{"one of two refused", []string{"key", "other=Authorization"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := secretFlags{caller: tt.flags}
			got, err := f.callers()
			if refused := tt.want == nil && tt.flags != nil; (err != nil) != refused || !maps.Equal(got, tt.want) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// TestCallerHeaders checks which headers the gateway passes on to a serve that it starts.
func TestCallerHeaders(t *testing.T) {
	for args, want := range map[string]string{
		"api.yaml --base-url http://x": "",
		"api.yaml --caller-credentials key=X-Shop-Key,token --db x.db --caller-credentials=other=X-Other": "X-Other X-Shop-Key X-Upstream-token",
		"--caller-auth api.yaml --caller-credentials key=X-API-Key":                                       "X-API-Key X-Upstream-Authorization",
		"api.yaml --caller-credentials key=Authorization":                                                 "", // which is an error of serve
	} {
		if got := strings.Join(CallerHeaders(strings.Fields(args)), " "); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
}
