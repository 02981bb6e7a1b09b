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
			f, err := filter.Parse(tt.filter, now)
			if err != nil {
				t.Fatal(err)
			}
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

func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		filter string
		column int
		want   string
	}{
		{"foo:bar", 1, `unknown field "foo": use one of host, method`},
		{"method:GET foo:bar", 12, `unknown field "foo"`},
		{"status:abc", 8, `"abc" is not a status`},
		{"status:", 8, "status: expected a status such as 404, 4xx or 400-499"},
		{"status:4xx,", 8, "before and after each comma"},
		{"status:500-400", 8, "ends before it begins"},
		{"status:42", 8, "is not a status"},
		{"status:99", 8, "is not a status"},
		{"status:1000", 8, "is not a status"},
		{"status:6xx", 8, "there is no class 6xx"},
		{strings.Repeat("(", 51) + "x", 52, "nested too deeply"},
		{"orders" + strings.Repeat(" ", 4097-len("orders")), 1, "longer than 4096 bytes"},
		{"status:404,9xx", 8, "there is no class 9xx: 1xx to 5xx; for other statuses a number, or >=600"},
		{"status:0XX", 8, "there is no class 0xx"},
		{"orders (status:200", 8, "this parenthesis is not closed"},
		{"orders) x", 7, "unexpected \")\""},
		{"()", 2, "no parenthesis is open here"},
		{"or x", 1, "expected a term before this"},
		{"x or", 5, "expected a term here"},
		{"not", 4, "expected a term here"},
		{`body:"abc`, 6, "this quote is not closed"},
		{"body:~(", 8, "expected a term here"},
		{`body:"~("`, 6, "missing closing )"},
		{"size:big", 6, `"big" is not a size`},
		{"took:5", 6, "is not a duration"},
		{"time:soon", 6, "is not a time"},
		{"time:<>today", 6, `"<>": must be`},
		{"path:v1", 6, "must start with /"},
		{"ext:png,", 5, "before and after each comma"},
		{"ext:tar.gz", 5, "is not a file extension"},
		{"ext:*", 5, "is not a file extension"},
		{"ext:", 5, "expected a file extension"},
		{"is:odd", 4, "must be failed"},
		{"number:x", 8, "is not a number"},
		{"ü ö status:x", 12, "is not a status"},         // characters, not bytes
		{"method:GET|status:4xx", 8, "is not a method"}, // without blanks, the bar belongs to the value
		{"type:jsonish", 6, "is not a media type"},
		{"host:a,,b", 6, "expected a host"},
		{strings.Repeat("(", 60) + "x", 52, "nested too deeply"},
		{strings.Repeat("x", 5000), 1, "longer than"},
		{"\xff", 1, "not UTF-8"},
	} {
		t.Run(tt.filter, func(t *testing.T) {
			_, err := filter.Parse(tt.filter, now)
			var e *filter.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			if e.Column != tt.column || !strings.Contains(e.Problem, tt.want) {
				t.Errorf("column %d: %s\nwant column %d: %s", e.Column, e.Problem, tt.column, tt.want)
			}
		})
	}
	_, err := filter.Parse("method:GET foo:bar", now)
	var e *filter.Error
	if errors.As(err, &e); e.Pointer() != "method:GET foo:bar\n           ^" {
		t.Errorf("pointer:\n%s", e.Pointer())
	}
}

func TestHostAndBodies(t *testing.T) {
	for _, tt := range []struct {
		filter, host string
		bodies       bool
	}{
		{"", "", false},
		{"host:API.example.com status:200", "api.example.com", false},
		{"host:a or host:b", "", false},
		{"not host:a", "", false},
		{"host:*.a", "", false},
		{"host:.a", "", false},
		{"host:a,b", "", false},
		{"host:a (body:x or y)", "a", true},
		{"not body:x", "", true},
	} {
		t.Run(tt.filter, func(t *testing.T) {
			f, err := filter.Parse(tt.filter, now)
			if err != nil || f.Host() != tt.host || f.NeedsBodies() != tt.bodies {
				t.Errorf("host %q, bodies %v, %v", f.Host(), f.NeedsBodies(), err)
			}
		})
	}
	var zero filter.Filter
	if !zero.All() || !zero.Match(sample()) {
		t.Error("the zero filter does not select all")
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

// TestText checks that words without a field are found wherever they are, and that values are not.
func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "ext:png": "", "host:a (path:/b or -type:json)": "", "png": "png", "host:a (path:/b or not css)": "css",
		`"ext:png"`: "ext:png", "~x+": "~x+",
	} {
		f, err := filter.Parse(text, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Text(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := (&filter.Filter{}).Text(); got != "" {
		t.Errorf("the zero filter: %q", got)
	}
}

// TestDocumented checks that docs/filter.md has every field and that all its examples are valid.
func TestDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/filter.md")
	if err != nil {
		t.Fatal(err)
	}
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

func BenchmarkMatch(b *testing.B) {
	f, err := filter.Parse("host:*.example.com:8443 status:4xx (method:GET or path:/v1/*)", now)
	if err != nil {
		b.Fatal(err)
	}
	fl := sample()
	b.ReportAllocs()
	for b.Loop() {
		f.Match(fl)
	}
}

// The values that are offered for completion are valid.
func TestFields(t *testing.T) {
	for _, f := range filter.Fields() {
		for _, v := range f.Values {
			if _, err := filter.Parse(f.Name+":"+v, time.Now()); err != nil {
				t.Errorf("%s:%s: %v", f.Name, v, err)
			}
		}
	}
}

// TestTypes selects flows by the kinds of their media types.
func TestTypes(t *testing.T) {
	kinds := []string{"none", "json", "xml", "yaml", "form", "html", "js", "css", "text", "image", "multipart", "application"}
	for media, want := range map[string]string{
		"": "none", "application/json": "json application", "application/x-ndjson": "json application", "application/hal+json": "json application", "text/xml": "xml text", "application/soap+xml": "xml application",
		"application/yaml": "yaml application", "application/x-www-form-urlencoded": "form application", "multipart/form-data": "form multipart", "multipart/mixed": "multipart", "text/html": "html text",
		"application/xhtml+xml": "xml html application", "text/javascript": "js text", "application/ecmascript": "js application", "text/css": "css text", "image/png": "image", "x": "",
	} {
		fl := sample()
		fl.Response.Header = flow.Header{{Name: "Content-Type", Value: media}}
		fl.Request.Header = nil
		var got []string
		for _, kind := range kinds {
			f, err := filter.Parse("type:"+kind, now)
			if err != nil {
				t.Fatal(err)
			}
			if f.Match(fl) {
				got = append(got, kind)
			}
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s is %s, want %s", media, text, want)
		}
	}
}
