package mcptools

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestFindValueWithoutIndex compares traces before and after the index is built: the first ones
// read flows side by side, and redact only those that may have the value.
func TestFindValueWithoutIndex(t *testing.T) {
	fs := slices.Clone(shopFlows(t))
	place := func(i int, path, query, mediaType, body string) {
		f := newFlow("POST", "https", "places.example", path, query)
		f.Request.Header = append(f.Request.Header,
			flow.Field{Name: "X-Tenant", Value: "tenant 42, eu"}, flow.Field{Name: "Cookie", Value: "a=1; shop=shop-77"})
		fs[i] = answered(f, 200, mediaType, body)
	}
	place(3, "/caf%C3%A9/a+b/x%2Fy/123456", "q=na%C3%AFve+one&n=%31%32%33", "application/json",
		`{"a":"\u0061bc-1","n":123456,"m":1.50,"url":"https:\/\/a.example\/v\/99","t":"~x <b> & \"q\"","password":"hunter2hunter2"}`)
	place(90, "/v/99", "", "application/x-www-form-urlencoded", "a=%61bc-1&b=12+34&token=123456")
	place(91, "/v/99", "n=17", "text/plain; charset=latin1", "caf\xe9 123456 password=hunter2hunter2")
	place(92, "/v/201710", "", "text/html", "<p title='abc-1'>123456 deadbeef</p>")
	for i := range 3 { // more than one goroutine may hold
		place(100+20*i, fmt.Sprint("/large/", i), "", "application/json",
			fmt.Sprintf(`{"a":"%s","id":"late-1","email":"someone@private.example"}`, strings.Repeat("x", 400<<10)))
	}
	st := newStore(t, fs...)
	patient := func(c *Config) { c.Wait = time.Minute }
	warm := connect(t, st, patient)
	if err := warm.server.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	values := []string{
		"abc-1", "123456", "café", "naïve one", "123", "1.50", "x/y", "a+b", "12 34", "17", "deadbeef", "shop-77",
		"tenant 42, eu", "late-1", "~x", `~x <b> & "q"`, "nowheretobefound", "redacted", "text/html",
	}
	found := 0
	for _, value := range values {
		cold := connect(t, st, patient)
		q := object{"value": value, "limit": 500}
		got, want := cold.fine("find_value", q), warm.fine("find_value", q)
		for _, name := range []string{"occurrences", "origin", "client_sent_first", "source", "searched", "complete"} {
			if fmt.Sprint(got[name]) != fmt.Sprint(want[name]) {
				t.Errorf("%s of %q:\n%.600v\nwant\n%.600v", name, value, got[name], want[name])
			}
		}
		found += min(1, len(list(t, want, "occurrences")))
	}
	if found < len(values)-4 {
		t.Errorf("%d of %d values are found", found, len(values))
	}
}
