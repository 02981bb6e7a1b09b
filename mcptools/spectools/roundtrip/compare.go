package roundtrip

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/openapi"
)

// maxBody limits a decoded body, in bytes.
const maxBody = 64 << 20

// difference is one difference between two requests. want and got are values, which may be secrets.
type difference struct{ where, what, want, got string }

// compare returns the differences between a captured request and the one that arrived.
func compare(r *flow.Request, got *flow.Request, schemes []*openapi3.SecurityScheme) []difference {
	var out []difference
	if r.Method != got.Method {
		out = append(out, difference{"method", "differs", r.Method, got.Method})
	}
	if w, g := unescapeSegments(r.Path), unescapeSegments(got.Path); !slices.Equal(w, g) {
		out = append(out, difference{"path", "differs", r.Path, got.Path})
	}
	out = append(out, compareQuery(r.RawQuery, got.RawQuery, schemes)...)
	out = append(out, compareCredentials(r, got, schemes)...)
	return append(out, compareBody(r, got)...)
}

// unescapeSegments unescapes each segment of a path by itself, so that %2F stays distinct from "/".
func unescapeSegments(path string) []string {
	out := strings.Split(path, "/")
	for i, s := range out {
		if u, err := url.PathUnescape(s); err == nil {
			out[i] = u
		}
	}
	return out
}

func compareQuery(want, got string, schemes []*openapi3.SecurityScheme) []difference {
	isOther := func(p decode.Pair) bool {
		return decode.IsCacheBuster(p.Name, p.Value) || slices.ContainsFunc(schemes, func(s *openapi3.SecurityScheme) bool {
			return s.Type == "apiKey" && s.In == "query" && s.Name == p.Name
		})
	}
	read := func(query string) (all []pair) {
		for p := range decode.Pairs(query) {
			if !isOther(p) {
				all = append(all, pairOf(p))
			}
		}
		return all
	}
	return comparePairs("query", read(want), read(got))
}

// pair is a name and what follows it: "=" and the value, or nothing.
type pair struct{ name, text string }

func pairOf(p decode.Pair) pair {
	if p.HasValue {
		return pair{p.Name, "=" + p.Value}
	}
	return pair{p.Name, ""}
}

// comparePairs returns the differences between two lists of pairs by name. Equal pairs in another
// order are one difference.
func comparePairs(where string, w, g []pair) []difference {
	if slices.Equal(w, g) {
		return nil
	}
	byName := func(a, b pair) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.text, b.text))
	}
	sw, sg := slices.SortedFunc(slices.Values(w), byName), slices.SortedFunc(slices.Values(g), byName)
	if slices.Equal(sw, sg) {
		return []difference{{where, "has its pairs in another order", fmt.Sprint(w), fmt.Sprint(g)}}
	}
	var out []difference
	names := make(map[string]bool)
	for _, p := range append(slices.Clone(w), g...) {
		names[p.name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		x, y := valuesOf(w, name), valuesOf(g, name)
		switch {
		case slices.Equal(x, y):
		case len(x) == 0:
			out = append(out, difference{where + " " + name, "was added", "", fmt.Sprint(y)})
		case len(y) == 0:
			out = append(out, difference{where + " " + name, "was left out", fmt.Sprint(x), ""})
		default:
			out = append(out, difference{where + " " + name, "differs", fmt.Sprint(x), fmt.Sprint(y)})
		}
	}
	return out
}

func valuesOf(ps []pair, name string) []string {
	var out []string
	for _, p := range ps {
		if p.name == name {
			out = append(out, p.text)
		}
	}
	return out
}

// formPairs reads a form. In a form a name without "=" has the empty value (URL Standard, section
// 5.1).
func formPairs(data []byte) (all []pair) {
	for p := range decode.Pairs(string(data)) {
		p.HasValue = true
		all = append(all, pairOf(p))
	}
	return all
}

// compareCredentials compares the Authorization header and each location that an apiKey scheme of
// the document names.
func compareCredentials(r *flow.Request, got *flow.Request, schemes []*openapi3.SecurityScheme) []difference {
	var out []difference
	if w, g := normalizeAuthorization(r.Header), normalizeAuthorization(got.Header); w != g && !(g == "" && isDigest(r, schemes)) {
		out = append(out, difference{"credential header Authorization", describeChange(w, g), w, g})
	}
	done := make(map[string]bool)
	for _, s := range schemes {
		location := s.In + " " + s.Name
		if s.Type != "apiKey" || done[location] || strings.EqualFold(s.Name, "Authorization") {
			continue
		}
		done[location] = true
		at, _ := credential.Attach(s, "")
		if w, g := credential.Sent(r, at), credential.Sent(got, at); w != g {
			out = append(out, difference{"credential " + location, describeChange(w, g), w, g})
		}
	}
	return out
}

// isDigest reports whether a request answers a challenge of the digest scheme, as calls do once
// they get one.
func isDigest(r *flow.Request, schemes []*openapi3.SecurityScheme) bool {
	return slices.ContainsFunc(schemes, func(s *openapi3.SecurityScheme) bool {
		at, ok := credential.SentAs(r, s)
		return ok && at.In == egress.InDigest
	})
}

// normalizeAuthorization returns the Authorization header with the name of its scheme, which is not
// case-sensitive (RFC 9110 section 11.1), in lower case.
func normalizeAuthorization(h flow.Header) string {
	kind, rest, ok := strings.Cut(h.Get("Authorization"), " ")
	if !ok {
		return kind
	}
	return strings.ToLower(kind) + " " + strings.TrimSpace(rest)
}

func describeChange(want, got string) string {
	switch {
	case got == "":
		return "was left out"
	case want == "":
		return "was added"
	}
	return "differs"
}

func compareBody(r *flow.Request, got *flow.Request) []difference {
	wt, gt := r.Header.Get("Content-Type"), got.Header.Get("Content-Type")
	kind := decode.MediaType(wt)
	read := decode.Bytes
	if decode.IsJSON(kind) {
		read = decode.Body
	}
	want, complete, err := read(r.Header, r.Body, maxBody)
	if err != nil || !complete || r.Body.Truncated {
		return []difference{{"body", "was not captured completely", "", ""}}
	}
	body, _, err := decode.Bytes(got.Header, got.Body, maxBody)
	if err != nil {
		return []difference{{"body", "has a content coding that cannot be decoded", "", ""}}
	}
	if len(body) == 0 && (len(want) == 0 || decode.IsNull(kind, want)) {
		return nil
	}
	if wt == "" && decode.IsJSON(decode.MediaType(gt)) {
		return compareJSON(want, body)
	}
	if wt != "" && kind != decode.MediaType(gt) {
		return []difference{{"body", "has another media type", wt, gt}}
	}
	switch {
	case decode.IsJSON(kind):
		return compareJSON(want, body)
	case decode.IsForm(kind):
		return comparePairs("form", formPairs(want), formPairs(body))
	case decode.IsMultipart(kind):
		return compareParts(wt, want, gt, body)
	case !bytes.Equal(want, body):
		return []difference{{"body", "differs", string(want), string(body)}}
	}
	return nil
}

func compareJSON(want, got []byte) []difference {
	w, err1 := openapi.ParseJSON(want)
	g, err2 := openapi.ParseJSON(got)
	if err1 != nil || err2 != nil {
		if bytes.Equal(want, got) {
			return nil
		}
		return []difference{{"body", "is not JSON", string(want), string(got)}}
	}
	if where, same := compareData(w, g, "body"); !same {
		return []difference{{where, "differs", string(want), string(got)}}
	}
	return nil
}

// compareData compares decoded JSON. It reports whether the values are equal, and where they first
// differ.
func compareData(w, g any, at string) (string, bool) {
	switch w := w.(type) {
	case map[string]any:
		g, ok := g.(map[string]any)
		if !ok {
			return at, false
		}
		for _, k := range slices.Sorted(maps.Keys(w)) {
			x, ok := g[k]
			if !ok {
				return at + "." + k, false
			}
			if where, same := compareData(w[k], x, at+"."+k); !same {
				return where, false
			}
		}
		return at, len(w) == len(g)
	case []any:
		g, ok := g.([]any)
		if !ok || len(g) != len(w) {
			return at, false
		}
		for i := range w {
			if where, same := compareData(w[i], g[i], fmt.Sprintf("%s[%d]", at, i)); !same {
				return where, false
			}
		}
		return at, true
	case json.Number:
		g, ok := g.(json.Number)
		return at, ok && isSameNumber(w, g)
	}
	return at, w == g
}

// isSameNumber reports whether two numbers have the same value, such as 1.0 and 1e0.
func isSameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, ok1 := new(big.Rat).SetString(string(a))
	y, ok2 := new(big.Rat).SetString(string(b))
	return ok1 && ok2 && x.Cmp(y) == 0
}

func compareParts(wt string, want []byte, gt string, got []byte) []difference {
	w, err1 := decode.Parts(decode.Param(wt, "boundary"), want)
	g, err2 := decode.Parts(decode.Param(gt, "boundary"), got)
	switch {
	case err1 != nil || err2 != nil:
		return []difference{{"body", "is not a multipart form", "", ""}}
	case len(w) != len(g):
		return []difference{{"body", "has another number of parts", fmt.Sprint(len(w)), fmt.Sprint(len(g))}}
	}
	filename := func(p decode.Part) string { return decode.Param(p.Header.Get("Content-Disposition"), "filename") }
	var out []difference
	for i := range w {
		at, wt, gt := fmt.Sprintf("part %d", i), w[i].Header.Get("Content-Type"), g[i].Header.Get("Content-Type")
		for _, x := range []struct{ what, w, g string }{
			{"name", w[i].FormName(), g[i].FormName()}, {"filename", filename(w[i]), filename(g[i])},
			{"content type", wt, gt}, {"content", string(w[i].Content), string(g[i].Content)},
		} {
			isJSON := x.what == "content" && decode.IsJSON(decode.MediaType(wt))
			if x.w != x.g && !(isJSON && len(compareJSON([]byte(x.w), []byte(x.g))) == 0) {
				out = append(out, difference{at + " " + x.what, "differs", x.w, x.g})
			}
		}
	}
	return out
}
