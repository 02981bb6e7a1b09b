// Package compare finds what differs between flows whose secrets are redacted.
//
// [Requests] and [Responses] compare two flows part by part: status, method, host, path, query,
// headers, and JSON bodies member by member. [Explain] finds what the requests of failed flows have
// in common that no request of the successful ones has.
//
// Values are shown as redacted. A value that is hidden on both sides is compared by its
// placeholder, which reveals no more than the flows themselves. The comparison is bounded in the
// number of differences and of members.
//
// Read compare.go first.
package compare

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// Difference is one difference between two flows.
type Difference struct {
	Where  string `json:"where"`          // status, error, method, host, path, query, header, trailer, body or messages
	Name   string `json:"name,omitempty"` // header, parameter, number of the path segment, or JSONPath in the body
	Change string `json:"change"`         // differs, only_a, only_b, or hidden: redacted on both sides, and not comparable
	A      string `json:"a,omitempty"`
	B      string `json:"b,omitempty"`

	rank int // lower is more important
}

// IsShape reports whether the difference is a member of a JSON body that one flow lacks, or whose
// type differs.
func (d *Difference) IsShape() bool { return d.Where == "body" && d.rank == shapeRank }

// shapeRank is the rank of members and types.
const shapeRank = 4

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
	c.pairs("header", fields(x.Header), fields(y.Header))
	c.body(x.Header, x.Body, y.Header, y.Body)
	c.pairs("trailer", fields(x.Trailer), fields(y.Trailer))
	return c.result()
}

// Responses compares the responses of two redacted flows.
func Responses(a, b *flow.Flow) Result {
	c := newComparison(a, b)
	x, y := responseOf(a), responseOf(b)
	c.value(0, "status", "", number(x.Status, "no response"), number(y.Status, "no response"))
	c.value(0, "error", "", a.Err, b.Err)
	c.pairs("header", fields(x.Header), fields(y.Header))
	c.body(x.Header, x.Body, y.Header, y.Body)
	c.pairs("trailer", fields(x.Trailer), fields(y.Trailer))
	c.value(6, "messages", "", number(len(a.Messages), ""), number(len(b.Messages), ""))
	return c.result()
}

func responseOf(f *flow.Flow) *flow.Response {
	if f.Response == nil {
		return &flow.Response{}
	}
	return f.Response
}

// number writes a number, in place of 0 what that means.
func number(n int, none string) string {
	if n == 0 {
		return none
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
		out = append(out, pair{decode.Unescape(name), decode.Unescape(value)})
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
		rank := 3
		if where == "header" || where == "trailer" {
			rank = headerRank(name)
		}
		c.value(rank, where, name, x[name], y[name])
	}
}

func unionKeys[V any](x, y map[string]V) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(x)), maps.Keys(y))
	slices.Sort(keys)
	return slices.Compact(keys)
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
// API: times, ids of one exchange, and fields of the transport. name is in lower case.
func IsIncidental(name string) bool {
	switch name {
	case "date", "age", "expires", "last-modified", "etag", "content-length", "connection", "keep-alive", "via",
		"host", "server-timing", "transfer-encoding", "vary":
		return true
	}
	return slices.ContainsFunc([]string{"request-id", "requestid", "correlation-id", "traceid", "trace-id", "traceparent", "tracestate"},
		func(part string) bool { return strings.Contains(name, part) })
}

// body compares two bodies: forms by their fields, JSON by its members, others as texts.
func (c *comparison) body(ah flow.Header, ab flow.Body, bh flow.Header, bb flow.Body) {
	a, aPartly, _, aText := view.ReadableText(ah, ab)
	b, bPartly, _, bText := view.ReadableText(bh, bb)
	c.partly = c.partly || aPartly || bPartly
	switch {
	case !aText || !bText:
		c.value(5, "body", "", size(ab, ah, aText), size(bb, bh, bText))
		return
	case a == b:
		return
	case decode.IsForm(decode.Kind(ah.MediaType(), []byte(a))) && decode.IsForm(decode.Kind(bh.MediaType(), []byte(b))):
		c.pairs("body", pairs(a, '&'), pairs(b, '&'))
		return
	}
	x, errA := view.ReadJSON(a)
	y, errB := view.ReadJSON(b)
	if errA == nil && errB == nil {
		c.json("$", x, y)
		return
	}
	c.text(a, b)
}

// size describes a body that cannot be compared.
func size(b flow.Body, h flow.Header, isText bool) string {
	if b.Size == 0 && len(b.Data) == 0 {
		return ""
	}
	kind := h.MediaType()
	if !isText {
		kind += ", not text"
	}
	return fmt.Sprintf("%d bytes, %s", b.Size, strings.TrimPrefix(kind, ", "))
}

// text shows where two texts begin to differ.
func (c *comparison) text(a, b string) {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	start := max(0, at-30)
	cut := func(s string) string {
		s = strings.ToValidUTF8(s[min(start, len(s)):], "")
		if start > 0 {
			s = "…" + s
		}
		return s
	}
	c.value(5, "body", "", cut(a), cut(b))
}

// json compares two decoded values. path is their JSONPath.
func (c *comparison) json(path string, a, b any) {
	if c.members++; c.members > maxMembers {
		c.partly = true
		return
	}
	x, isMap := a.(map[string]any)
	y, isMap2 := b.(map[string]any)
	if isMap && isMap2 && len(x)+len(y) > 4 && !share(x, y) {
		c.value(shapeRank, "body", path, Render(a), Render(b))
		return
	}
	if isMap && isMap2 {
		for _, key := range unionKeys(x, y) {
			c.member(path+Member(key), x, y, key)
		}
		return
	}
	p, isList := a.([]any)
	q, isList2 := b.([]any)
	if isList && isList2 {
		c.list(path, p, q)
		return
	}
	if s, t := Render(a), Render(b); s != t {
		rank := 5
		if typeOf(a) != typeOf(b) {
			rank = shapeRank
		}
		c.value(rank, "body", path, s, t)
	}
}

// share reports whether two objects have a member in common, or one of them is empty.
func share(x, y map[string]any) bool {
	for key := range x {
		if _, ok := y[key]; ok {
			return true
		}
	}
	return len(x) == 0 || len(y) == 0
}

// member compares the member of two objects, which one of them may lack.
func (c *comparison) member(path string, x, y map[string]any, key string) {
	a, inA := x[key]
	b, inB := y[key]
	switch {
	case !inA:
		c.value(shapeRank, "body", path, "", Render(b))
	case !inB:
		c.value(shapeRank, "body", path, Render(a), "")
	default:
		c.json(path, a, b)
	}
}

func (c *comparison) list(path string, p, q []any) {
	if len(p) != len(q) {
		c.value(5, "body", path, fmt.Sprintf("%d elements", len(p)), fmt.Sprintf("%d elements", len(q)))
	}
	n := min(len(p), len(q))
	if n > maxElements {
		n, c.partly = maxElements, true
	}
	for i := range n {
		c.json(path+"["+strconv.Itoa(i)+"]", p[i], q[i])
	}
}

// Member returns the step of a JSONPath to a member.
func Member(key string) string {
	for i, r := range key {
		isLetter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !isLetter && (i == 0 || r < '0' || r > '9') {
			return "[" + strconv.Quote(key) + "]"
		}
	}
	if key == "" {
		return `[""]`
	}
	return "." + key
}

// Render writes a decoded value briefly. A string has quotes only if it could be taken for another
// value.
func Render(v any) string {
	switch x := v.(type) {
	case string:
		x = view.Cut(x, 2*maxValue) // longer than the shown text, so that most differences remain
		if parts := placeholder.Split(x); len(parts) == 3 && parts[0] == "" && parts[2] == "" {
			return x
		}
		if _, err := view.ReadJSON(x); err != nil && strings.TrimSpace(x) != "" && !strings.HasPrefix(x, "{") && !strings.HasPrefix(x, "[") {
			return x
		}
		v = x
	case map[string]any:
		return "{" + view.Cut(strings.Join(slices.Sorted(maps.Keys(x)), ", "), 60) + "}"
	case []any:
		return fmt.Sprintf("[%d elements]", len(x))
	}
	return string(jsonvalue.Encode(v))
}

// typeOf returns the JSON type of a decoded value.
func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}
