// Package compare finds what differs between flows whose secrets are redacted.
//
// [Requests] and [Responses] compare two flows part by part: status, method, host, path, query,
// headers, and JSON bodies member by member. [Explain] finds what the requests of failed flows have
// in common that no request of the successful ones has.
//
// Values are shown as redacted. A value that is hidden on both sides is compared by its
// placeholder, which tells no more than the flows themselves do. The comparison is bounded in the
// number of differences and of members.
//
// Read compare.go first.
package compare

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// Difference is one difference between two flows.
type Difference struct {
	Where  string `json:"where" jsonschema_description:"status, error, method, host, path, query, header, trailer, body or messages"`
	Name   string `json:"name,omitempty" jsonschema_description:"header, parameter, number of the path segment, or JSONPath in the body"`
	Change string `json:"change" jsonschema_description:"differs, only_a, only_b, or hidden: redacted on both sides, and not comparable"`
	A      string `json:"a,omitempty"`
	B      string `json:"b,omitempty"`

	rank int // lower is more important
}

// Kinds of changes.
const (
	Differs = "differs"
	OnlyA   = "only_a"
	OnlyB   = "only_b"
	Hidden  = "hidden"
)

const (
	maxDifferences = 1000  // that are collected
	maxMembers     = 50000 // of bodies that are visited
	maxElements    = 100   // of a list that are compared
	maxValue       = 100   // bytes of a value
)

// comparison collects the differences of two messages.
type comparison struct {
	hidden  bool // placeholders of the two flows have different keys
	found   []Difference
	members int
	partly  bool // a limit was reached
}

// Result lists the differences, the most important first.
type Result struct {
	Differences []Difference
	Partly      bool // the messages are too large: there may be more differences
}

func newComparison(a, b *flow.Flow) *comparison {
	return &comparison{hidden: a.Scope() != b.Scope()}
}

// Requests compares the requests of two redacted flows.
func Requests(a, b *flow.Flow) Result {
	c := newComparison(a, b)
	x, y := &a.Request, &b.Request
	c.value(1, "method", "", x.Method, y.Method)
	c.value(2, "host", "", x.Scheme+"://"+x.Authority, y.Scheme+"://"+y.Authority)
	c.path(x.Path, y.Path)
	c.pairs("query", pairs(x.RawQuery, '&'), pairs(y.RawQuery, '&'))
	c.headers("header", x.Header, y.Header)
	c.body(x.Header, x.Body, y.Header, y.Body)
	c.headers("trailer", x.Trailer, y.Trailer)
	return c.result()
}

// Responses compares the responses of two redacted flows.
func Responses(a, b *flow.Flow) Result {
	c := newComparison(a, b)
	x, y := responseOf(a), responseOf(b)
	c.value(0, "status", "", status(x.Status), status(y.Status))
	c.value(0, "error", "", a.Err, b.Err)
	c.headers("header", x.Header, y.Header)
	c.body(x.Header, x.Body, y.Header, y.Body)
	c.headers("trailer", x.Trailer, y.Trailer)
	c.value(6, "messages", "", count(len(a.Messages)), count(len(b.Messages)))
	return c.result()
}

func responseOf(f *flow.Flow) *flow.Response {
	if f.Response == nil {
		return &flow.Response{}
	}
	return f.Response
}

func status(n int) string {
	if n == 0 {
		return "no response"
	}
	return strconv.Itoa(n)
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (c *comparison) result() Result {
	slices.SortStableFunc(c.found, func(x, y Difference) int { return cmp.Compare(x.rank, y.rank) })
	return Result{c.found, c.partly}
}

// value compares two values; "" is an absent one.
func (c *comparison) value(rank int, where, name, a, b string) {
	if a == b {
		return
	}
	d := Difference{
		Where: where, Name: view.Cut(view.Visible(name), 200), Change: Differs,
		A: view.Cut(view.Visible(a), maxValue), B: view.Cut(view.Visible(b), maxValue), rank: rank,
	}
	switch {
	case a == "":
		d.Change = OnlyB
	case b == "":
		d.Change = OnlyA
	case c.hidden && placeholder.RemoveDigits(a) == placeholder.RemoveDigits(b):
		d.Change = Hidden
	}
	c.add(d)
}

func (c *comparison) add(d Difference) {
	if len(c.found) == maxDifferences {
		c.partly = true
		return
	}
	c.found = append(c.found, d)
}

// path compares two paths, segment by segment if they have as many.
func (c *comparison) path(a, b string) {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	if len(x) != len(y) {
		c.value(2, "path", "", a, b)
		return
	}
	for i := range x {
		c.value(2, "path", strconv.Itoa(i), x[i], y[i])
	}
}

// pair is a name with its values in order.
type pair struct{ name, value string }

// pairs reads a query, form or Cookie value.
func pairs(text string, separator byte) (out []pair) {
	if text == "" {
		return nil
	}
	for p := range strings.SplitSeq(text, string(separator)) {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		out = append(out, pair{view.Unescape(name), view.Unescape(value)})
	}
	return out
}

// group joins the values of equal names. An empty value is shown as "".
func group(list []pair) map[string]string {
	values := map[string][]string{} // joined at once: a request may have one name very often
	for _, p := range list {
		values[p.name] = append(values[p.name], shown(p.value))
	}
	out := make(map[string]string, len(values))
	for name, all := range values {
		out[name] = strings.Join(all, ", ")
	}
	return out
}

// shown returns a value that is present.
func shown(value string) string {
	if value == "" {
		return `""`
	}
	return value
}

// pairs compares two lists of names and values.
func (c *comparison) pairs(where string, a, b []pair) {
	x, y := group(a), group(b)
	for _, name := range unionKeys(x, y) {
		c.value(3, where, name, x[name], y[name])
	}
}

func unionKeys[V any](x, y map[string]V) []string {
	keys := slices.Collect(maps.Keys(x))
	for k := range y {
		if _, ok := x[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// headers compares headers by name. Cookies are compared one by one.
func (c *comparison) headers(where string, a, b flow.Header) {
	x, y := group(fields(a)), group(fields(b))
	for _, name := range unionKeys(x, y) {
		c.value(headerRank(name), where, name, x[name], y[name])
	}
}

// fields returns the lines of a header, with a line for each cookie.
func fields(h flow.Header) (out []pair) {
	for _, f := range h {
		name := strings.ToLower(f.Name)
		switch name {
		case "cookie":
			for _, p := range pairs(f.Value, ';') {
				out = append(out, pair{"cookie " + p.name, p.value})
			}
		case "set-cookie":
			cookie, attributes, _ := strings.Cut(f.Value, ";")
			key, value, _ := strings.Cut(cookie, "=")
			out = append(out, pair{"set-cookie " + strings.TrimSpace(key), strings.TrimSpace(value + ";" + attributes)})
		default:
			out = append(out, pair{name, f.Value})
		}
	}
	return out
}

// headerRank returns the rank of a header: credentials first, last those that differ between any
// two messages.
func headerRank(name string) int {
	switch name {
	case "authorization", "proxy-authorization", "www-authenticate":
		return 2
	case "location", "content-type", "retry-after", "allow":
		return 4
	}
	if IsIncidental(name) {
		return 9
	}
	return 6
}

// IsIncidental reports whether a header differs between most messages without a meaning for the
// API: times, ids of one exchange, and what the transport needs. name is in lower case.
func IsIncidental(name string) bool {
	switch name {
	case "date", "age", "expires", "last-modified", "etag", "content-length", "connection", "keep-alive", "via",
		"host", "server-timing", "transfer-encoding", "vary":
		return true
	}
	for _, part := range []string{"request-id", "requestid", "correlation-id", "traceid", "trace-id", "traceparent", "tracestate"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
