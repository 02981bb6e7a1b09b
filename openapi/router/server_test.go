package router_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

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
			doc, err := openapi.Load([]byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[` + tt.servers + `],"paths":{` +
				servers(tt.paths, `"/pN":{"get":{"responses":{}}}`) + `}}`))
			if err != nil {
				t.Fatal(err)
			}
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
