package filter_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/internal/test/must"
)

var now = time.Date(2026, 11, 20, 12, 30, 0, 0, time.UTC)

func sample() *flow.Flow {
	return &flow.Flow{
		Seq: 17, Source: "import:shop.har", Done: true, Started: time.Date(2026, 11, 20, 11, 45, 30, 0, time.UTC),
		Took: 750 * time.Millisecond,
		Request: flow.Request{
			Method: "POST", Scheme: "https", Authority: "api.example.com:8443", Path: "/v1/orders/17",
			RawQuery: "page=2&q=red%20shoes&flag",
			Header: flow.Header{{Name: "Content-Type", Value: "application/json"},
				{Name: "X-Client", Value: "Mobile App"}},
			Body: flow.Body{Data: []byte(`{"name":"Ännchen"}`), Size: 19},
		},
		Response: &flow.Response{
			Status: 422,
			Header: flow.Header{{Name: "Content-Type", Value: "application/problem+json; charset=utf-8"},
				{Name: "Retry-After", Value: "5"}},
			Body: flow.Body{Data: []byte(`{"error":"Out of Stock"}`), Size: 24},
		},
	}
}

func TestMatch(t *testing.T) {
	socket := sample()
	socket.Messages = []flow.Message{{FromClient: true, Data: []byte("subscribe")}, {Data: []byte("price 17")}}
	unanswered := sample()
	unrecorded := sample()
	unrecorded.Response.Body = flow.Body{Size: 9, Truncated: true, Dropped: true}
	unanswered.Response, unanswered.Err = nil, "connection refused"
	left := sample()
	left.Err, left.Response.Header = flow.ClientLeft, flow.Header{{Name: "Content-Type", Value: "text/event-stream"}}
	for _, tt := range []struct {
		filter string
		want   bool
		flow   *flow.Flow // nil: sample
	}{
		{"", true, nil},
		{"  ", true, nil},
		{"host:api.example.com:8443", true, nil},
		{"HOST:API.example.com:8443", true, nil},
		{"host:api.example.com", false, nil},
		{"host:api.example.com:*", true, nil},
		{"host:*.example.com:8443", true, nil},
		{"host:a.example,api.example.com:8443", true, nil},
		{"host:.com:8443", true, nil},
		{"host:~^api[.]", true, nil},
		{"method:post", true, nil},
		{"method:GET,POST", true, nil},
		{"method:GET", false, nil},
		{"path:/v1/orders", true, nil},
		{"path:/v1/orders/*", true, nil},
		{"path:*/17", true, nil},
		{"path:/v2", false, nil},
		{`path:"~/orders/(\\d+)$"`, true, nil},
		{"ext:png", false, nil},
		{"ext:none", true, nil},
		{"query:page", true, nil},
		{"query:flag", true, nil},
		{"query:page=2", true, nil},
		{`query:q="RED shoes"`, true, nil},
		{"query:q=blue", false, nil},
		{"status:422", true, nil},
		{"status:4xx", true, nil},
		{"status:4XX", true, nil},
		{"status:2xx,404,422", true, nil},
		{"status:400-499", true, nil},
		{"status:>=400", true, nil},
		{"status:<400", false, nil},
		{"status:none", false, nil},
		{"status:none", true, unanswered},
		{"status:<400", false, unanswered},
		{"status:100-999", true, nil},
		{"status:<=422", true, nil},
		{"status:<422", false, nil},
		{"status:>421", true, nil},
		{"status:423-999", false, nil},
		{"status:5xx", false, nil},
		{"status:1xx", false, nil},
		{"status:>=100", false, unanswered},
		{"type:json", true, nil},
		{"type:none", false, nil},
		{"type:xml", false, nil},
		{"type:form", false, nil},
		{"type:yaml", false, nil},
		{strings.Repeat("(", 50) + "orders" + strings.Repeat(")", 50), true, nil},
		{"orders" + strings.Repeat(" ", 4096-len("orders")), true, nil},
		{"type:application", true, nil},
		{"type:text", false, nil},
		{"type:js", false, nil},
		{"type:css", false, nil},
		{"type:*/problem+json", true, nil},
		{"type:application/problem+json", true, nil},
		{"type:application/*", true, nil},
		{"type:html", false, nil},
		{"type:json", true, unanswered}, // type of the request
		{"size:24", true, nil},
		{"size:>10", true, nil},
		{"size:<1k", true, nil},
		{"size:20-30", true, nil},
		{"size:>1Mi", false, nil},
		{"took:>500ms", true, nil},
		{"took:<=0.5s", false, nil},
		{"time:today", true, nil},
		{"time:yesterday", false, nil},
		{"time:2026-11-20", true, nil},
		{"time:2026-11-20T11:45", true, nil},
		{"time:11:45", true, nil},
		{"time:11:45:30", true, nil},
		{"time:11:45:00", false, nil},
		{"time:>11:45:29", true, nil},
		{"time:>11:45:30", false, nil},
		{"time:<=11:45:29", false, nil},
		{"time:>2026-11-20T11:45:29.999Z", true, nil},
		{"time:<=2026-11-20T11:45:29.5", false, nil},
		{"time:2026-11-20T11:45:30.000Z", true, nil},
		{"time:11:45:29.75", false, nil},
		{"time:>-1h", true, nil},
		{"time:>-30m", false, nil},
		{"time:<-2d", false, nil},
		{"time:>=2026-11-20T11:45:30Z", true, nil},
		{"time:>2026-11-19", true, nil},
		{"time:>2026-11-20", false, nil},
		{"time:<=2026-11-20", true, nil},
		{"header:retry-after", true, nil},
		{"header:x-client=mobile", true, nil},
		{"header:x-client=desktop", false, nil},
		{"header:nope", false, nil},
		{`body:"out of stock"`, true, nil},
		{"body:ännchen", true, nil},
		{"body:~Stock|Shop", true, nil},
		{"request.body:stock", false, nil},
		{"response.body:stock", true, nil},
		{"response.body:stock", false, unanswered},
		{"body:subscribe body:price", true, socket},
		{"request.body:price", false, socket},
		{"response.body:price", true, socket},
		{"source:import", true, nil},
		{"source:import:shop.har", true, nil},
		{"source:proxy", false, nil},
		{"number:17", true, nil},
		{"number:#10-20", true, nil},
		{"number:>17", false, nil},
		{"is:answered", true, nil},
		{"is:failed", true, unanswered},
		{"is:failed", false, left},
		{"is:pending", false, nil},
		{"is:truncated", false, nil},
		{"is:dropped", false, nil},
		{"is:dropped", true, unrecorded},
		{"orders", true, nil},
		{"ORDERS", true, nil},
		{`"page=2"`, true, nil},
		{"~v[0-9]/", true, nil},
		// Terms together.
		{"host:*.example.com:8443 status:4xx method:POST", true, nil},
		{"status:4xx method:GET", false, nil},
		{"method:GET or status:4xx", true, nil},
		{"method:GET | status:4xx", true, nil},
		{"method:GET status:4xx or number:17", true, nil},
		{"method:GET (status:4xx or number:17)", false, nil},
		{"not method:GET", true, nil},
		{"-method:GET", true, nil},
		{"!method:POST", false, nil},
		{"not (method:GET or status:2xx) and orders", true, nil},
		{"- -method:POST", true, nil},
	} {
		t.Run(tt.filter, func(t *testing.T) {
			f := must.Get(filter.Parse(tt.filter, now))
			fl := tt.flow
			if fl == nil {
				fl = sample()
			}
			if got := f.Match(fl); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestLaws checks that the operators follow logic.
func TestLaws(t *testing.T) {
	terms := rapid.SampledFrom([]string{"method:POST", "method:GET", "status:4xx", "orders", "shoes",
		"(is:failed or type:json)", "-number:17", `body:"out of"`})
	rapid.Check(t, func(t *rapid.T) {
		a, b := terms.Draw(t, "a"), terms.Draw(t, "b")
		m := func(text string) bool {
			f, err := filter.Parse(text, now)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			return f.Match(sample())
		}
		x, y := m(a), m(b)
		for text, want := range map[string]bool{
			a + " " + b: x && y, a + " and " + b: x && y, a + " or " + b: x || y, "not " + a: !x,
			"not (" + a + " or " + b + ")": !x && !y, "(((" + a + ")))": x, "-(" + a + ") " + b: !x && y,
		} {
			if got := m(text); got != want {
				t.Fatalf("%s: got %v", text, got)
			}
		}
	})
}

// TestDocumented checks that docs/filter.md has every field and that all its examples are valid.
func TestDocumented(t *testing.T) {
	data := must.Get(os.ReadFile("../../docs/filter.md"))
	doc := string(data)
	for _, name := range filter.FieldNames() {
		if !strings.Contains(doc, "`"+name+":") {
			t.Errorf("docs/filter.md does not explain %s:", name)
		}
	}
	examples := 0
	for i, part := range strings.Split(doc, "`") {
		if i%2 == 0 || !strings.Contains(part, ":") || strings.HasSuffix(part, ":") ||
			strings.Contains(part, "spectap ") {
			continue
		}
		examples++
		if _, err := filter.Parse(part, now); err != nil {
			t.Errorf("example %s: %v", part, err)
		}
	}
	if examples < 20 {
		t.Errorf("only %d examples found", examples)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "host:a status:4xx", `(body:"x \" y" or -is:failed) | q`,
		"time:>-1h size:1k-2M took:<2s", "((", "not", `"`, "ü:ö"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fl, err := filter.Parse(text, now)
		if err == nil {
			fl.Match(sample())
			fl.Match(&flow.Flow{})
			return
		}
		var e *filter.Error
		if !errors.As(err, &e) || e.Column < 1 || e.Column > len(text)+1 || e.Pointer() == "" {
			t.Fatalf("%q: %#v", text, err)
		}
	})
}
