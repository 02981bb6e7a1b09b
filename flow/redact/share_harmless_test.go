package redact_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/corpustest"
)

// most bounds the share of harmless values of a corpus that redaction replaces.
const mostMistaken = 0.002

// TestMistakenShare counts the harmless values of recorded traffic that redaction replaces. A value
// is harmless if its field does not have the name of a secret, it is no address, and one of these
// holds: it is also a segment of a path of the API; its field is an id, a name or vocabulary (type,
// status); it is a date, a number or a UUID; or at least three flows hold it under one name.
func TestMistakenShare(t *testing.T) {
	if testing.Short() {
		t.Skip("measures all corpora")
	}
	for _, name := range corpustest.Names(t) {
		t.Run(name, func(t *testing.T) {
			flows := corpustest.Flows(t, name)
			r := redact.New([]byte("key"), redact.Config{Used: redact.NewUsed([]byte("key"), nil, nil, nil)})
			for i, f := range flows {
				f.Last = flow.Seq(i + 1)
				r.Learn(f)
			}
			h := harmless{segments: map[string]bool{}, flows: map[string][]flow.Seq{}}
			for _, f := range flows {
				h.learn(&f)
			}
			var all, mistaken int
			examples := map[string]int{}
			for _, f := range flows {
				before, after := values(&f), values(new(r.Flow(f)))
				for i, v := range before {
					if !h.isHarmless(v) {
						continue
					}
					all++
					if i >= len(after) || after[i].text != v.text {
						mistaken++
						examples[v.name+"="+v.text]++
					}
				}
			}
			for e, n := range examples {
				t.Logf("%d times %.120s", n, e)
			}
			share := float64(mistaken) / float64(max(1, all))
			t.Logf("%d of %d harmless values replaced: %.3f %%", mistaken, all, 100*share)
			corpustest.Judge(t, "share of harmless values redacted", name, share <= mostMistaken,
				"%.4f of the harmless values replaced, want at most %v", share, mostMistaken)
		})
	}
}

// harmless knows what tells harmless values from others.
type harmless struct {
	segments map[string]bool       // of paths
	flows    map[string][]flow.Seq // by name and value: up to three flows that hold it
}

func (h *harmless) learn(f *flow.Flow) {
	for s := range strings.SplitSeq(f.Request.Path, "/") {
		if s, err := url.PathUnescape(s); err == nil && len(s) > 1 {
			h.segments[s] = true
		}
	}
	for _, v := range values(f) {
		key := v.name + "=" + v.text
		if seen := h.flows[key]; len(seen) < 3 && !slices.Contains(seen, f.Seq) {
			h.flows[key] = append(seen, f.Seq)
		}
	}
}

var (
	secretName = regexp.MustCompile(`(?i)passw|secret|token|credential|otp|csrf|cookie|private|api.?key|signature|(^|_)(auth|key|code|ssn|pin|cvc|iban|routing|account|account_number|verification)$`)
	idName     = regexp.MustCompile(`(?i)(^|_|[a-z])(ids?|uuid|guid|slug|number|sha|name|login|type|kind|status|state|version|currency|country|locale|time|date|at|count|size|label|title|role|namespace)$`)
	plainValue = regexp.MustCompile(`^(-?[0-9]+(\.[0-9]+)?|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?)$`)
)

var secretManifest = regexp.MustCompile(`"kind": ?"Secret(List)?"`)

func (h *harmless) isHarmless(v namedValue) bool {
	if v.text == "" || strings.Contains(v.text, "@") || strings.Contains(v.text, "://") || secretName.MatchString(v.name) {
		return false
	}
	return h.segments[v.text] || idName.MatchString(v.name) || plainValue.MatchString(v.text) ||
		len(h.flows[v.name+"="+v.text]) == 3
}

// namedValue is a value of a flow with the name of its field. Segments of paths have no name.
type namedValue struct{ name, text string }

// values returns the values of the path, the query and the JSON bodies of a flow, always in the
// same order.
func values(f *flow.Flow) []namedValue {
	var out []namedValue
	for s := range strings.SplitSeq(f.Request.Path, "/") {
		if s, err := url.PathUnescape(s); err == nil {
			out = append(out, namedValue{"", s})
		}
	}
	for pair := range strings.SplitSeq(f.Request.RawQuery, "&") {
		name, v, _ := strings.Cut(pair, "=")
		if v, err := url.QueryUnescape(v); err == nil {
			out = append(out, namedValue{name, v})
		}
	}
	body := func(h flow.Header, b flow.Body) {
		data, _, _ := decode.Body(h, b, 0)
		if secretManifest.Match(data) { // of Kubernetes, whose values are secrets under any name
			return
		}
		dec := json.NewDecoder(strings.NewReader(string(data)))
		dec.UseNumber()
		out = appendValues(out, dec, "")
	}
	body(f.Request.Header, f.Request.Body)
	if f.Response != nil {
		body(f.Response.Header, f.Response.Body)
	}
	return out
}

// appendValues appends the values below the next one of a decoder, whose name is given.
func appendValues(out []namedValue, dec *json.Decoder, name string) []namedValue {
	t, err := dec.Token()
	if err != nil {
		return out
	}
	switch t := t.(type) {
	case json.Delim:
		for last := int64(-1); dec.More() && dec.InputOffset() > last; {
			last = dec.InputOffset() // no further where it is not JSON
			inner := name
			if t == '{' {
				key, err := dec.Token()
				if err != nil {
					return out
				}
				inner, _ = key.(string)
			}
			out = appendValues(out, dec, inner)
		}
		dec.Token()
	case string:
		out = append(out, namedValue{name, t})
	case json.Number:
		out = append(out, namedValue{name, t.String()})
	}
	return out
}
