package infer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/check"
)

// truth is an invented schema. sample returns a value that it admits, and breaks changes a value
// into one that it does not admit; nil stands for no such change.
type truth interface {
	sample(r *rand.Rand) any
	breaks(r *rand.Rand, v any) (broken any, ok bool)
}

// textForm is a string of one form.
type textForm struct{ form string }

func (x textForm) sample(r *rand.Rand) any {
	switch x.form {
	case "date":
		return fmt.Sprintf("20%02d-%02d-%02d", 10+r.IntN(15), 1+r.IntN(12), 1+r.IntN(28))
	case "date-time":
		return fmt.Sprintf("2024-%02d-%02dT%02d:%02d:00Z", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60))
	case "uuid":
		return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48))
	case "email":
		return fmt.Sprintf("user%d@example.com", r.IntN(1000))
	case "uri":
		return fmt.Sprintf("https://example.com/things/%d", r.IntN(1000))
	case "ipv4":
		return fmt.Sprintf("10.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256))
	}
	words := []string{"red", "fox", "jumps", "over", "a", "lazy", "dog", "3", "times", "Ünï", "in", "2024"}
	out := ""
	for range 1 + r.IntN(5) {
		out += words[r.IntN(len(words))] + " "
	}
	return out[:len(out)-1]
}

func (x textForm) breaks(r *rand.Rand, _ any) (any, bool) {
	if x.form != "" && r.IntN(2) == 0 {
		return "~not valid~", true
	}
	return []any{424242, true, []any{"x"}, map[string]any{"x": 1}}[r.IntN(4)], true
}

// choice is one of some strings.
type choice struct{ values []string }

func (x choice) sample(r *rand.Rand) any { return x.values[r.IntN(len(x.values))] }
func (x choice) breaks(r *rand.Rand, _ any) (any, bool) {
	return []any{"~not valid~", 7}[r.IntN(2)], true
}

// number is an integer or a decimal number.
type number struct{ whole bool }

func (x number) sample(r *rand.Rand) any {
	if x.whole {
		return r.IntN(100000)
	}
	return float64(r.IntN(100000)) / 100
}

func (x number) breaks(r *rand.Rand, _ any) (any, bool) {
	if x.whole && r.IntN(2) == 0 {
		return 7.25, true
	}
	return []any{"x", false, []any{1}}[r.IntN(3)], true
}

// boolean is true or false.
type boolean struct{}

func (boolean) sample(r *rand.Rand) any            { return r.IntN(2) == 0 }
func (boolean) breaks(*rand.Rand, any) (any, bool) { return "true", true }

// nullable is a value or null.
type nullable struct{ of truth }

func (x nullable) sample(r *rand.Rand) any {
	if r.IntN(4) == 0 {
		return nil
	}
	return x.of.sample(r)
}

func (x nullable) breaks(r *rand.Rand, v any) (any, bool) { return x.of.breaks(r, v) }

// list is an array.
type list struct{ of truth }

func (x list) sample(r *rand.Rand) any {
	out := make([]any, r.IntN(4))
	for i := range out {
		out[i] = x.of.sample(r)
	}
	return out
}

func (x list) breaks(r *rand.Rand, v any) (any, bool) {
	l, _ := v.([]any)
	if len(l) == 0 || r.IntN(3) == 0 {
		return "not a list", true
	}
	l = slices.Clone(l)
	i := r.IntN(len(l))
	var ok bool
	l[i], ok = x.of.breaks(r, l[i])
	return l, ok
}

// dictionary is an object whose keys are data.
type dictionary struct{ of truth }

func (x dictionary) sample(r *rand.Rand) any {
	out := map[string]any{}
	for range r.IntN(5) {
		out[fmt.Sprintf("key-%d", r.IntN(500))] = x.of.sample(r)
	}
	return out
}

func (x dictionary) breaks(r *rand.Rand, v any) (any, bool) {
	m, _ := v.(map[string]any)
	out := map[string]any{}
	for k, e := range m {
		out[k] = e
	}
	e, ok := x.of.breaks(r, x.of.sample(r))
	out["key-501"] = e
	return out, ok
}

// record is an object with properties, some of them optional.
type record struct {
	names    []string
	of       []truth
	optional []bool
}

func (x record) sample(r *rand.Rand) any {
	out := map[string]any{}
	for i, n := range x.names {
		if !x.optional[i] || r.IntN(3) > 0 {
			out[n] = x.of[i].sample(r)
		}
	}
	return out
}

func (x record) breaks(r *rand.Rand, v any) (any, bool) {
	out := map[string]any{}
	m, _ := v.(map[string]any)
	for k, e := range m {
		out[k] = e
	}
	i := r.IntN(len(x.names))
	if !x.optional[i] && r.IntN(4) == 0 {
		delete(out, x.names[i])
		return out, true
	}
	if _, here := out[x.names[i]]; !here {
		return nil, false
	}
	e, ok := x.of[i].breaks(r, out[x.names[i]])
	out[x.names[i]] = e
	return out, ok
}

// variants is a record of one of several kinds, which a property tells.
type variants struct {
	property string
	names    []string
	of       []record
}

func (x variants) sample(r *rand.Rand) any {
	i := r.IntN(len(x.of))
	v := x.of[i].sample(r).(map[string]any)
	v[x.property] = x.names[i]
	return v
}

func (x variants) breaks(r *rand.Rand, v any) (any, bool) {
	m, _ := v.(map[string]any)
	for i, n := range x.names {
		if m[x.property] == n {
			return x.of[i].breaks(r, v)
		}
	}
	return nil, false
}

var trueNames = []string{"title", "weight", "color", "due", "notes", "owner", "labels", "state", "ratio", "enabled", "limits",
	"origin", "mirror", "contact", "visits", "settings", "payload", "scores", "height", "stage", "remark", "budget"}

// inventScalar returns a random schema of scalars.
func inventScalar(r *rand.Rand) truth {
	switch r.IntN(8) {
	case 0:
		return choice{[][]string{{"open", "closed"}, {"low", "medium", "high"}, {"EUR", "USD", "GBP", "JPY"}}[r.IntN(3)]}
	case 1:
		return number{true}
	case 2:
		return number{false}
	case 3:
		return boolean{}
	case 4, 5:
		return textForm{[]string{"date", "date-time", "uuid", "email", "uri", "ipv4"}[r.IntN(6)]}
	}
	return textForm{}
}

// invent returns a random schema.
func invent(r *rand.Rand, depth int) truth {
	if depth == 0 || r.IntN(2) == 0 {
		x := inventScalar(r)
		if r.IntN(5) == 0 {
			return nullable{x}
		}
		return x
	}
	switch r.IntN(5) {
	case 0:
		return list{invent(r, depth-1)}
	case 1:
		return dictionary{inventScalar(r)}
	case 2:
		return variants{"kind", []string{"circle", "square", "label"}, []record{inventRecord(r, 0), inventRecord(r, 0), inventRecord(r, 0)}}
	case 3:
		return list{inventRecord(r, depth-1)}
	}
	return inventRecord(r, depth-1)
}

// inventRecord returns a random record.
func inventRecord(r *rand.Rand, depth int) record {
	var x record
	for _, i := range r.Perm(len(trueNames))[:3+r.IntN(4)] {
		x.names = append(x.names, trueNames[i])
		x.of = append(x.of, invent(r, depth))
		x.optional = append(x.optional, r.IntN(4) == 0)
	}
	return x
}

// answer is a flow whose response has a body.
func answer(path string, v any) flow.Flow {
	return call("GET", path, 200, "", "", "application/json", jsonOf(v))
}

// TestTrueSchemas holds that documents of bodies sampled from invented schemas admit nearly all
// other bodies of these schemas, and reject nearly all that the schemas reject. VERBOSE=1 prints the
// others.
func TestTrueSchemas(t *testing.T) {
	const apis, operations, train, held = 16, 6, 60, 30
	admitted, rejected, good, broken := 0, 0, 0, 0
	for seed := range uint64(apis) {
		r := rand.New(rand.NewPCG(seed, 7))
		var fs []flow.Flow
		schemas := make([]record, operations)
		path := func(i int) string { return fmt.Sprintf("/things%c/%d", 'a'+i, r.IntN(10000)) }
		for i := range schemas {
			schemas[i] = inventRecord(r, 2)
			for range train {
				fs = append(fs, answer(path(i), schemas[i].sample(r)))
			}
		}
		c := checkerOf(t, fs)
		for i, x := range schemas {
			for range held {
				v := x.sample(r)
				found := mismatches(c, answer(path(i), v))
				good, admitted = good+1, admitted+count(len(found) == 0)
				bad, ok := x.breaks(r, v)
				if ok = ok && jsonOf(bad) != jsonOf(v); ok {
					refused := len(mismatches(c, answer(path(i), bad))) > 0
					broken, rejected = broken+1, rejected+count(refused)
					ok = refused
				}
				if os.Getenv("VERBOSE") != "" && (len(found) > 0 || !ok) {
					t.Logf("seed %d: refuses %s (%v), or admits %s", seed, jsonOf(v), found, jsonOf(bad))
				}
			}
		}
	}
	a, b := float64(admitted)/float64(good), float64(rejected)/float64(broken)
	t.Logf("admitted %.3f of %d, rejected %.3f of %d", a, good, b, broken)
	if a < .98 || b < .93 {
		t.Errorf("admitted %.3f, rejected %.3f", a, b)
	}
}

// count returns 1 for true.
func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// jsonOf returns a value as JSON.
func jsonOf(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// checkerOf returns a checker of the document that flows give.
func checkerOf(t *testing.T, fs []flow.Flow) *check.Checker {
	doc := must.Get(build.Document(modelOf(fs).Document(infer.Options{}), build.Options{Version: "3.1"}))
	var b bytes.Buffer
	must.Do(t, openapi.Encode(&b, doc, openapi.YAML))
	doc = must.Get(openapi.Load(b.Bytes()))
	return must.Get(check.New(doc, check.Config{}))
}

// mismatches returns what a checker says of a flow.
func mismatches(c *check.Checker, f flow.Flow) []string {
	var out []string
	for _, m := range c.Check(context.Background(), &f).Mismatches {
		out = append(out, m.Where+": "+m.Message)
	}
	return out
}
